"""One platform for the area's tests, and one journey of a clip through it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.observability.platform_processes import Platform, platform, wait_for
from tests.observability.receivers import Receiver, receiving

if TYPE_CHECKING:
    from tests.observability.journey import Journey


@pytest.fixture(scope="module")
def collector() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def sentry() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def running(
    collector: Receiver, sentry: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "SENTRY_DSN": f"http://public@127.0.0.1:{sentry.port}/1",
        "SENTRY_ENVIRONMENT": "trial",
        "SENTRY_RELEASE": "dam@test",
        "JOB_LEASE": "4",
    }
    with platform(tmp_path_factory.mktemp("platform"), "api", "live", "worker", **env) as made:
        wait_for(made.is_up)
        yield made


@pytest.fixture(scope="module")
def journey(running: Platform) -> Iterator[Journey]:
    from django.db import connections

    from tests.observability.journey import travel

    yield travel(running)
    connections.close_all()
