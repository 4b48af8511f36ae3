"""An answer of storage that breaks off or gets lost on its way to the edge is never kept, and never shown as whole."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import HTTPException

import pytest

from tests.edge.conftest import SEGMENT, Published
from tests.edge.running import Edge
from tests.faults.fault_proxy import (
    LOST_REPLY,
    SLOW_DOWN,
    TRUNCATED,
    Fault,
    FaultProxy,
    awaited,
    fault_proxy,
)

NAME = "v0/00000.m4s"


@pytest.fixture(scope="module")
def proxy() -> Iterator[FaultProxy]:
    with fault_proxy(os.environ["S3_ENDPOINT_URL"], keys={}) as running:
        yield running


@pytest.fixture(scope="module")
def behind(start_edge: Callable[..., Edge], proxy: FaultProxy, nginx: Edge) -> Edge:
    """An edge whose storage lies behind the fault proxy."""
    return start_edge(storage=replace(nginx.config.storage, endpoint_url=proxy.url))


@pytest.mark.parametrize("fault", [TRUNCATED, LOST_REPLY, SLOW_DOWN], ids=lambda each: each.name)
def test_what_arrives_damaged_is_fetched_again_and_only_the_whole_is_kept(
    behind: Edge, proxy: FaultProxy, publish: Callable[..., Published], fault: Fault
) -> None:
    cold = publish(behind)
    rule = proxy.add("GET", r"00000\.m4s", fault)

    first = shown(cold)
    assert awaited(lambda: shown(cold) == SEGMENT)
    kept = cold.get(NAME)

    assert rule.hits == 1
    assert first in {b"", SEGMENT}
    assert (kept.status, kept.body, kept.cache) == (200, SEGMENT, "HIT")


def shown(cold: Published) -> bytes:
    """What a player can use of one request: a whole answer, or nothing; what breaks off tells that it does."""
    try:
        answer = cold.get(NAME)
    except (HTTPException, OSError):
        return b""
    assert answer.status == 200 or (answer.status in {502, 503} and answer.headers["Retry-After"])
    return answer.body if answer.status == 200 else b""
