"""From previews to pairs: what was built is looked at, and what looks alike is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from assets.models import Version
from dam.core import tenancy
from jobs.models import Job
from jobs.services import run
from similarity.models import Fingerprint, Look, Pair
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.previews.media import FAST
from tests.previews.media import run as ffmpeg
from tests.previews_room.deliveries import build, store
from tests.similarity import pictures


def seen(cast: Cast, path: Path) -> Version:
    """Deliver a file, build its previews, and do what the build asked for."""
    _, version = store(cast.project, path, kind="image" if path.suffix == ".jpg" else "video")
    assert build(version).state == "succeeded"
    job = work(cast, "fingerprint", payload__sha256=version.sha256)
    assert (job.state, job.error) == ("succeeded", None)
    return version


def work(cast: Cast, kind: str, **which: str) -> Job:
    with tenancy.scope(cast.org_id):
        waiting = Job.objects.get(kind=kind, **which)
    assert run(waiting.id, organization_id=cast.org_id)
    with tenancy.scope(cast.org_id):
        return Job.objects.get(id=waiting.id)


def pairs(cast: Cast) -> set[frozenset[str]]:
    found = cast.viewer.get("/api/duplicates?kind=near")["results"]
    return {frozenset(each["version"]["id"] for each in pair["assets"]) for pair in found}


def two(one: Version, other: Version) -> frozenset[str]:
    return frozenset({str(one.id), str(other.id)})


def film(path: Path, *, numbers: range, size: str, quality: int) -> Path:
    """Show pictures for a second each."""
    for place, number in enumerate(numbers):
        pictures.drawn(number).save(path.with_suffix(f".{place}.png"))
    inputs = ["-framerate", "1", "-i", str(path.with_suffix(".%d.png"))]
    ffmpeg(*inputs, "-r", "25", "-s", size, *FAST, "-crf", str(quality), str(path))
    return path


def test_a_picture_delivered_again_is_found(committed_cast: Cast, tmp_path: Path):
    first = pictures.drawn(1)
    original = seen(committed_cast, pictures.saved(first, tmp_path / "original.jpg"))
    seen(committed_cast, pictures.saved(pictures.drawn(2), tmp_path / "other.jpg"))

    changed = pictures.branded(pictures.smaller(pictures.cropped(first)).resize(pictures.SIZE))
    again = seen(committed_cast, pictures.saved(changed, tmp_path / "again.jpg"))

    assert pairs(committed_cast) == {two(original, again)}
    [pair] = committed_cast.viewer.get("/api/duplicates")["results"]
    assert 0.88 <= pair["score"] <= 1
    assert all(each["thumbnail"].endswith("/300.webp") for each in pair["assets"])


def test_a_film_encoded_anew_is_found_and_another_of_its_length_is_not(committed_cast: Cast, tmp_path: Path):
    original = seen(committed_cast, film(tmp_path / "a.mp4", numbers=range(2), size="480x300", quality=18))
    seen(committed_cast, film(tmp_path / "b.mp4", numbers=range(2, 4), size="320x200", quality=18))
    again = seen(committed_cast, film(tmp_path / "c.mp4", numbers=range(2), size="320x200", quality=34))

    assert pairs(committed_cast) == {two(original, again)}
    with tenancy.scope(committed_cast.org_id):
        assert Look.objects.filter(fingerprint__master__sha256=original.sha256).count() == 5


def test_plain_pictures_are_looked_at_and_never_found(committed_cast: Cast, tmp_path: Path):
    plain = pictures.drawn(1).resize((1, 1)).resize(pictures.SIZE)
    version = seen(committed_cast, pictures.saved(plain, tmp_path / "plain.jpg"))
    seen(committed_cast, pictures.saved(plain.resize((300, 200)), tmp_path / "smaller.jpg"))

    assert pairs(committed_cast) == set()
    with tenancy.scope(committed_cast.org_id):
        assert Fingerprint.objects.get(master__sha256=version.sha256).looks.count() == 0


def test_a_new_copy_of_known_bytes_is_paired_with_what_looks_like_them(committed_cast: Cast, tmp_path: Path):
    first = pictures.drawn(1)
    original = seen(committed_cast, pictures.saved(first, tmp_path / "original.jpg"))
    again = seen(committed_cast, pictures.saved(pictures.again(first), tmp_path / "again.jpg"))
    _, copy = deliver(committed_cast.project, sha256=original.sha256)

    work(committed_cast, "fingerprint", idem_key=f"version:{copy.id}")

    assert pairs(committed_cast) == {two(original, again), two(copy, again)}


def test_what_was_there_before_is_looked_through_and_again_without_harm(
    committed_cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    first = pictures.drawn(1)
    original = seen(committed_cast, pictures.saved(first, tmp_path / "original.jpg"))
    again = seen(committed_cast, pictures.saved(pictures.smaller(first), tmp_path / "again.jpg"))
    deliver(committed_cast.project, sha256=original.sha256)
    with tenancy.scope(committed_cast.org_id):
        Pair.objects.all().delete()
        Fingerprint.objects.all().delete()

    call_command("duplicates", "find", "--org", str(committed_cast.org_id))
    job = work(committed_cast, "find-duplicates")

    assert (job.state, job.progress) == ("succeeded", 1.0)
    assert job.result == {"looked_at": 2, "unreadable": 0, "pairs": 3}
    assert str(job.id) in capsys.readouterr().out
    assert two(original, again) in pairs(committed_cast)
    call_command("duplicates", "find", "--org", str(committed_cast.org_id))
    second = work(committed_cast, "find-duplicates", state="queued")
    assert second.result == {"looked_at": 0, "unreadable": 0, "pairs": 0}


def test_looks_go_with_their_master(committed_cast: Cast, tmp_path: Path):
    version = seen(committed_cast, pictures.saved(pictures.drawn(1), tmp_path / "original.jpg"))

    with tenancy.scope(committed_cast.org_id):
        Version.objects.filter(id=version.id).delete()
        version.master.delete()

        assert not Fingerprint.objects.exists()
        assert not Look.objects.exists()
