"""Previews and a store on a bad day: what is shown as ready is whole, and a build that was cut runs again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone

from assets.models import Version
from dam.core import storage, tenancy
from jobs import services as jobs
from jobs.models import Job
from tests.cast import Cast
from tests.faults.fault_proxy import (
    FLIPPED,
    FLIPPED_REQUEST,
    FOR_EVER,
    INTERNAL_ERROR,
    LOST_REPLY,
    SILENCE,
    SLOW_DOWN,
    TRUNCATED,
    Fault,
    FaultProxy,
)
from tests.faults.proxied import proxied_store
from tests.previews.media import clip
from tests.previews_room.deliveries import fresh, request, store

MASTER = ("GET", r"^/masters/")
PUBLISH = ("PUT", r"^/previews/")
PROXY_FILE = ("PUT", r"^/previews/.+proxy\.mp4")


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    with proxied_store(monkeypatch, timeout_s=2) as running:
        yield running


@pytest.fixture
def version(committed_cast: Cast, proxy: FaultProxy) -> Version:
    """A second of film in masters, its previews not asked for yet."""
    path: Path = clip("one-second.mp4", "25", frames=25)
    _, version = store(committed_cast.project, path)
    return version


def run_once(job: Job, *, organization_id: UUID) -> Job:
    with tenancy.scope(organization_id):
        Job.objects.filter(id=job.id, state="queued").update(due_at=timezone.now())
    jobs.run(job.id, organization_id=organization_id)
    return fresh(job)


def run_to_end(version: Version) -> Job:
    _, [job], _ = request(version)
    while (job := run_once(job, organization_id=version.organization_id)).state == "queued":
        continue
    return job


def assert_whole(cast: Cast, version: Version) -> None:
    """Everything that the playlists name is there and not empty, and playback says so."""
    assert cast.viewer.get(f"/api/versions/{version.id}/playback")["state"] == "ready"
    prefix = f"{version.organization_id}/hls/{version.sha256}/"
    keys = set(storage.keys_under("edge-reader", "previews", prefix))
    master = storage.get_bytes("edge-reader", "previews", f"{prefix}master.m3u8").decode()
    rungs = [line for line in master.splitlines() if line and not line.startswith("#")]
    assert rungs
    for rung in rungs:
        index = storage.get_bytes("edge-reader", "previews", prefix + rung).decode()
        assert "#EXT-X-ENDLIST" in index
        folder = (prefix + rung).rpartition("/")[0]
        for name in [line for line in index.splitlines() if line and not line.startswith("#")]:
            assert f"{folder}/{name}" in keys
            assert storage.head("edge-reader", "previews", f"{folder}/{name}").size > 0


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (MASTER, TRUNCATED),
        (MASTER, FLIPPED),
        (PUBLISH, SLOW_DOWN),
        (PUBLISH, LOST_REPLY),
        (PUBLISH, SILENCE),
        (PUBLISH, FLIPPED_REQUEST),
    ],
    ids=lambda each: each.name if isinstance(each, Fault) else each[0],
)
def test_a_build_gets_over_a_fault(
    committed_cast: Cast, proxy: FaultProxy, version: Version, call: tuple[str, str], fault: Fault
) -> None:
    rule = proxy.add(*call, fault)

    job = run_to_end(version)

    assert rule.hits == 1
    assert job.state == "succeeded", job.error
    assert_whole(committed_cast, version)


def test_a_build_cut_by_an_outage_is_never_shown_as_ready_and_runs_again(
    committed_cast: Cast, proxy: FaultProxy, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_ATTEMPTS", "1")
    storage.forget()
    rule = proxy.add(*PROXY_FILE, INTERNAL_ERROR, times=FOR_EVER)
    _, [job], _ = request(version)

    job = run_once(job, organization_id=version.organization_id)

    assert rule.hits >= 1
    assert job.state == "queued", job.error
    shown = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert shown["state"] in {"building", "partial"}
    assert shown["mp4"] is None
    proxy.mend()
    job = run_once(job, organization_id=version.organization_id)
    assert job.state == "succeeded", job.error
    assert_whole(committed_cast, version)
