"""A long film is encoded by many workers as jobs; a dead worker costs one part, and nothing waits for ever."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from assets.models import Version
from dam.core import storage, tenancy
from jobs.errors import LeaseLost
from jobs.models import Job
from jobs.services import run
from previews.media.builds import chunks
from previews.services import sharing, sweep_parts
from tests.cast import Cast
from tests.previews.media import clip, decoded_numbers
from tests.previews_room.deliveries import build, fresh, preview_of, request, store

FRAMES = 300


@pytest.fixture(autouse=True)
def short_films_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PREVIEW_PART_S", 3)
    monkeypatch.setattr(settings, "PREVIEW_SHARE_CPU_S", 0)
    monkeypatch.setattr(sharing, "workers_of", lambda queue: 2)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """Count how often each part is encoded to its end."""
    counted: Counter[int] = Counter()
    real = chunks.pack_part

    def pack(made: Any, workdir: Path) -> Path:
        counted[made.part.number] += 1
        return real(made, workdir)

    monkeypatch.setattr(chunks, "pack_part", pack)
    return counted


@pytest.fixture
def version(committed_cast: Cast) -> Version:
    return store(committed_cast.project, clip("shared.mp4", "25", frames=FRAMES))[1]


def part_jobs(version: Version) -> list[Job]:
    with tenancy.scope(version.organization_id):
        return list(Job.objects.filter(kind=sharing.PART_KIND, version_id=version.id).order_by("created_at"))


def archives(whose: object) -> list[str]:
    """Other tests' films may be in parts at the same time: the store is shared."""
    keys = storage.keys_under("gpu-writer", "previews", sharing.PARTS)
    return [each for each in keys if f"/{whose}/" in each]


def numbers(version: Version, folder: Path) -> list[int]:
    generation = preview_of(version).generation
    prefix = f"{version.organization_id}/" + (f"g{generation}/" if generation else "")
    path = folder / "proxy.mp4"
    storage.download("edge-reader", "previews", f"{prefix}mp4/{version.sha256}/proxy.mp4", path)
    return [number for number, _ in decoded_numbers(path)]


def test_a_film_is_encoded_by_jobs_and_its_parts_are_gone_afterwards(
    version: Version, encoded: Counter[int], tmp_path: Path
) -> None:
    job = build(version)

    assert (job.state, job.error) == ("succeeded", None)
    assert [each.state for each in part_jobs(version)] == ["succeeded"] * len(encoded)
    assert len(encoded) >= 2
    assert set(encoded.values()) == {1}
    assert numbers(version, tmp_path) == list(range(FRAMES))
    assert archives(version.organization_id) == []


def test_a_build_that_died_finds_the_parts_that_were_made_for_it_whoever_answers_now(
    version: Version, encoded: Counter[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = sharing.SharedFilm.collect

    def dying(self: sharing.SharedFilm, number: int) -> Path | None:
        if number and all(each.state == "succeeded" for each in part_jobs(version)):
            raise LeaseLost
        return None if number else real(self, number)

    monkeypatch.setattr(sharing.SharedFilm, "collect", dying)
    assert build(version).state == "running"
    monkeypatch.setattr(sharing.SharedFilm, "collect", real)
    monkeypatch.setattr(sharing, "workers_of", lambda queue: 0)
    before = dict(encoded)
    with tenancy.scope(version.organization_id):
        Job.objects.filter(version_id=version.id, state="running").update(lease_until="2020-01-01T00:00:00Z")

    job = build(version)

    assert (job.state, job.attempts) == ("succeeded", 2)
    assert dict(encoded) == before
    assert archives(version.organization_id) == []
    assert preview_of(version).generation == 1
    assert numbers(version, tmp_path) == list(range(FRAMES))


def test_a_part_whose_build_has_ended_is_not_encoded(version: Version, encoded: Counter[int]) -> None:
    _, [job], _ = request(version)
    build(version)
    done = dict(encoded)
    [first, *_] = part_jobs(version)
    with tenancy.scope(version.organization_id):
        Job.objects.filter(id=first.id).update(state="queued", attempts=0)

    assert run(first.id, organization_id=version.organization_id)

    assert fresh(job).state == "succeeded"
    assert fresh(first).state == "failed"
    assert dict(encoded) == done


def test_archives_of_yesterdays_dead_builds_are_swept_up(tmp_path: Path) -> None:
    path = tmp_path / "part.tar"
    path.write_bytes(b"x")
    old, new = f"{sharing.PARTS}20200101/nobodys/part.tar", f"{sharing.PARTS}99990101/nobodys/part.tar"
    for key in (old, new):
        storage.put_file("gpu-writer", "previews", key, path, content_type="application/x-tar")

    assert sweep_parts() == 1

    assert archives("nobodys") == [new]
    storage.delete("gpu-writer", "previews", new)
