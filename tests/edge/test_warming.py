"""What was just shared lies at the edge before anybody opens the link."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings

from dam.core import tenancy
from jobs.models import Job
from jobs.services import run
from previews.edge_tokens import Kind
from previews.models import Preview
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.edge.conftest import Published
from tests.edge.running import Edge, Origin, wait_for

MASTER = b"""#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="a0/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1
v0/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2
v1/index.m3u8
"""
RUNG = b"""#EXTM3U
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2,
00000.m4s
#EXTINF:2,
00001.m4s
#EXTINF:2,
00002.m4s
"""
RUNGS = ("a0", "v0", "v1")
FILES = {
    (Kind.HLS, "master.m3u8"): MASTER,
    **{(Kind.HLS, f"{rung}/index.m3u8"): RUNG for rung in RUNGS},
    **{(Kind.HLS, f"{rung}/init.mp4"): b"init" for rung in RUNGS},
    **{(Kind.HLS, f"{rung}/0000{number}.m4s"): b"segment" for rung in RUNGS for number in range(3)},
    (Kind.IMG, "poster.webp"): b"poster",
    (Kind.MP4, "proxy.mp4"): b"film",
}
FETCHED_LATER = {(Kind.HLS, f"{rung}/00002.m4s") for rung in RUNGS} | {(Kind.MP4, "proxy.mp4")}


@pytest.fixture
def shown(
    nginx: Edge, publish: Callable[..., Published], committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> Published:
    """A version whose previews lie in storage, in a project whose addresses lead to the edge."""
    address = f"http://127.0.0.1:{nginx.config.port}"
    monkeypatch.setattr(settings, "EDGE_URL", address)
    monkeypatch.setattr(settings, "EDGE_SIGNING_KEY", "k1:first-secret-of-the-tests-0001")
    _, version = deliver(committed_cast.project)
    with tenancy.scope(version.organization_id):
        Preview.objects.create(
            sha256=version.sha256,
            recipe_version=1,
            is_active=True,
            state="ready",
            published=["hls/master.m3u8", "img/poster.webp", "mp4/proxy.mp4"],
        )
    return publish(nginx, files=FILES, organization=version.organization_id, digest=version.sha256)


def warming(cast: Cast) -> Job:
    with tenancy.scope(cast.project.organization_id):
        return Job.objects.get(kind="warm")


def files_at(cast: Cast) -> dict[str, int]:
    """Return how many files each edge has, once the job has succeeded."""
    done = warming(cast)
    assert done.state == "succeeded"
    files: dict[str, int] = (done.result or {})["files"]
    return files


def share(cast: Cast) -> None:
    assets = [each["id"] for each in cast.editor.get(f"/api/assets?project={cast.project.id}")["results"]]
    made = cast.editor.post("/api/shares", {"project": str(cast.project.id), "assets": assets})
    assert made.status == 201


def test_files_that_play_first_are_at_the_edge_before_anybody_asks(
    nginx: Edge, origin: Origin, shown: Published, committed_cast: Cast
) -> None:
    share(committed_cast)
    job = warming(committed_cast)

    assert run(job.id, organization_id=job.organization_id)

    wanted = set(FILES) - FETCHED_LATER
    assert list(files_at(committed_cast).values()) == [len(wanted)]
    assert wait_for(lambda: origin.fetches(shown.grant.digest) == len(wanted), timeout_s=5)
    states = {(kind, rest): shown.get(rest, kind=kind).cache for kind, rest in FILES}
    assert {key for key, state in states.items() if state == "HIT"} == wanted
    whole = sum(len(FILES[key]) for key in FILES if not key[1].endswith(".m3u8"))
    assert wait_for(lambda: sent(nginx, shown) == whole, timeout_s=5)


def sent(nginx: Edge, shown: Published) -> int:
    """Return how many bytes of media the edge has written down as sent."""
    accounts = nginx.accounts(digest=shown.grant.digest, least=1)
    return sum(each["bytes"] for each in accounts if each["file"].endswith((".m4s", ".mp4", ".webp")))


def test_edge_that_is_away_fails_nothing(
    shown: Published, committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = f"http://127.0.0.1:{shown.port}"
    monkeypatch.setattr(settings, "EDGE_WARM_URLS", ["http://127.0.0.1:9", alive])
    share(committed_cast)
    job = warming(committed_cast)

    run(job.id, organization_id=job.organization_id)

    assert files_at(committed_cast) == {"http://127.0.0.1:9": 0, alive: len(FILES) - len(FETCHED_LATER)}


def test_share_with_a_watermark_warms_nothing(shown: Published, committed_cast: Cast) -> None:
    assets = committed_cast.editor.get(f"/api/assets?project={committed_cast.project.id}")["results"]
    body = {
        "project": str(committed_cast.project.id),
        "assets": [each["id"] for each in assets],
        "watermark": True,
    }

    assert committed_cast.editor.post("/api/shares", body).status == 201

    with tenancy.scope(committed_cast.project.organization_id):
        assert not Job.objects.filter(kind="warm").exists()
