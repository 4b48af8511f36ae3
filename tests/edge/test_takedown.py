"""Bytes that are taken down are neither served nor kept nor made again; an organisation that is stopped is closed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as HttpClient

from dam.core import tenancy
from dam.stack.servers.edge_agent import EdgeAgent
from jobs.models import Job
from previews.edge_tokens import Kind
from previews.models import MarkedCopy, Preview
from previews.services import request_build
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.edge.conftest import Published
from tests.edge.running import Edge, RevocationList, cached_files, wait_for


def told() -> dict[str, list[str]]:
    """What the API tells the edges."""
    answer: dict[str, list[str]] = json.loads(
        HttpClient().get("/_internal/revocations", PEER_ADDR="127.0.0.1").content
    )
    return answer


@pytest.fixture
def agent(nginx: Edge) -> EdgeAgent:
    return nginx.agent()


@pytest.fixture
def following(revocations: RevocationList) -> Iterator[Callable[[], None]]:
    """Let the edge pull what the API tells at this moment."""
    before = list(revocations.entries)

    def follow() -> None:
        answer = told()
        revocations.entries[:], revocations.lifted[:] = answer["revoked"], answer["lifted"]

    yield follow
    revocations.entries[:] = before
    revocations.lifted.clear()


def manage(*words: str) -> str:
    said = StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def entered(organization: UUID, digest: str, **values: Any) -> Preview:
    with tenancy.scope(organization):
        return Preview.objects.create(
            sha256=digest,
            recipe_version=1,
            is_active=True,
            state="ready",
            published=["hls/master.m3u8"],
            **values,
        )


def objects(bucket: Any, digest: str) -> list[str]:
    listed = bucket.list_objects_v2(Bucket="previews").get("Contents", [])
    return [each["Key"] for each in listed if digest in each["Key"]]


def test_digest_taken_down_is_refused_deleted_and_purged_in_every_organization(
    nginx: Edge,
    publish: Callable[..., Published],
    cast: Cast,
    bucket: Any,
    agent: EdgeAgent,
    following: Callable[[], None],
) -> None:
    mine, theirs = cast.project.organization_id, cast.foreign.organization_id
    shown = publish(nginx, organization=mine)
    digest = shown.grant.digest
    foreign = publish(nginx, organization=theirs, digest=digest, generation=3)
    other = publish(nginx, organization=mine)
    entered(mine, digest)
    entered(theirs, digest, generation=3)
    for each in (shown, foreign, other):
        assert each.get().status == each.get("poster.webp", kind=Kind.IMG).status == 200

    said = manage("takedown", digest, "--reason", "a court order")
    following()

    assert "2 organisations: 10 files deleted" in said
    assert objects(bucket, digest) == []
    assert wait_for(lambda: (shown.get().status, foreign.get().status) == (410, 410), timeout_s=7)
    agent.look()
    assert cached_files(nginx, digest) == []
    assert (other.get().status, other.get().cache) == (200, "HIT")
    with tenancy.scope(mine):
        row = Preview.objects.get(sha256=digest)
        assert (row.state, row.published) == ("failed", [])

    assert "Lifted" in manage("takedown", digest, "--lift")
    following()
    assert wait_for(lambda: shown.get().status == 404, timeout_s=7)


def test_previews_of_bytes_that_are_taken_down_are_not_made_again(cast: Cast) -> None:
    _, version = deliver(cast.project)
    manage("takedown", version.sha256)

    def ask(*, force: bool) -> tuple[str, int, int]:
        with tenancy.scope(version.organization_id):
            preview, started, _ = request_build(
                sha256=version.sha256,
                version_id=version.id,
                project_id=cast.project.id,
                actor_id=None,
                force=force,
            )
            return preview.state, len(started), Job.objects.count()

    assert {ask(force=force) for force in (False, True)} == {("failed", 0, 0)}
    assert "taken down" in cast.viewer.get(f"/api/versions/{version.id}/playback")["reason"]

    manage("takedown", version.sha256, "--lift")

    assert ask(force=True) == ("building", 1, 1)


def test_watermarked_copies_go_with_the_bytes_and_may_come_back_with_them(
    nginx: Edge,
    publish: Callable[..., Published],
    cast: Cast,
    bucket: Any,
    agent: EdgeAgent,
    following: Callable[[], None],
) -> None:
    mine, digest = cast.project.organization_id, os.urandom(32).hex()
    marked = publish(nginx, organization=mine)
    entered(mine, digest)
    with tenancy.scope(mine):
        for part in ("film", "pictures"):
            MarkedCopy.objects.create(
                sha256=digest,
                source_generation=0,
                digest=marked.grant.digest,
                part=part,
                mark={},
                state="ready",
            )
    assert marked.get().status == 200

    manage("takedown", digest)
    following()

    assert objects(bucket, marked.grant.digest) == []
    assert wait_for(lambda: marked.get().status == 410, timeout_s=7)
    agent.look()

    manage("takedown", digest, "--lift")
    following()

    assert wait_for(lambda: marked.get().status == 404, timeout_s=7)


def test_takedown_of_a_build_under_way_ends_it(cast: Cast) -> None:
    _, version = deliver(cast.project)
    with tenancy.scope(version.organization_id):
        _, [job], _ = request_build(
            sha256=version.sha256, version_id=version.id, project_id=cast.project.id, actor_id=None
        )

    said = manage("takedown", version.sha256)

    assert "1 builds were ended" in said
    with tenancy.scope(version.organization_id):
        assert Job.objects.get(id=job.id).state == "cancelled"
        assert Preview.objects.get(sha256=version.sha256).state == "failed"


def test_takedown_needs_a_digest_and_lifts_only_what_stands(db: None) -> None:
    with pytest.raises(CommandError, match="64"):
        manage("takedown", "abc")
    with pytest.raises(CommandError, match="not taken down"):
        manage("takedown", "ab" * 32, "--lift")


def test_organization_that_is_stopped_is_closed_until_it_is_resumed(
    nginx: Edge, publish: Callable[..., Published], cast: Cast, following: Callable[[], None]
) -> None:
    mine = cast.project.organization_id
    shown, others = publish(nginx, organization=mine), publish(nginx)
    assert shown.get().status == 200

    manage("edge", "stop", str(mine))
    following()
    assert wait_for(lambda: shown.get().status == 410, timeout_s=7)
    assert others.get().status == 200

    manage("edge", "resume", str(mine))
    following()
    assert wait_for(lambda: shown.get().status == 200, timeout_s=7)
    with pytest.raises(CommandError, match="not stopped"):
        manage("edge", "resume", str(mine))
    with pytest.raises(CommandError, match="no organisation"):
        manage("edge", "stop", "nobody")


def test_agent_purges_twice_and_remembers_it_across_a_restart(
    start_edge: Callable[..., Edge], publish: Callable[..., Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = start_edge(revocations_url="")
    shown = publish(own)
    late = own.config.cache_dir / "hls" / "0" / "00" / os.urandom(16).hex()
    shown.get()
    own.control("PUT", f"/_edge/revoked/a:{shown.grant.digest}")

    own.agent().look()
    assert cached_files(own, shown.grant.digest) == []
    store_late(late, shown)
    own.agent().look()
    assert late.exists()

    monkeypatch.setattr("dam.stack.servers.edge_agent.time.time", lambda: 2.0e9 + 4.0e9)
    own.agent().look()
    assert not late.exists()
    store_late(late, shown)
    own.agent().look()
    assert late.exists()


def store_late(path: Path, shown: Published) -> None:
    """Leave behind what a fetch would that was under way during the purge."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"\nKEY: v1/previews/x/hls/{shown.grant.digest}/a.m3u8\n".encode())


def test_list_of_thousands_of_revocations_is_taken_whole(
    start_edge: Callable[..., Edge], publish: Callable[..., Published], revocations: RevocationList
) -> None:
    own = start_edge()
    shown = publish(own)
    before = list(revocations.entries)

    revocations.entries += [f"a:{os.urandom(32).hex()}" for _ in range(3000)] + [f"a:{shown.grant.digest}"]
    try:
        assert wait_for(lambda: shown.get().status == 410, timeout_s=7)
        listed = json.loads(own.control("GET", "/_edge/revoked/").body)["revoked"]
    finally:
        revocations.entries[:] = before

    assert len(listed) >= 3001
