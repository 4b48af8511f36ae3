"""A worker dies, by SIGKILL, in the middle of a film that two share: one part is encoded again, and the film is whole."""

import os
import secrets
import subprocess
import time
from collections.abc import Iterator

import pytest

from dam.stack.servers import binaries
from tests.faults.oracle import Person, judge
from tests.faults.rig import ENCODE, PATIENCE_S, Rig, database_on, manned

SECONDS, PART_S = 24, 4
STARTED = '"event":"job.started"'


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Two encoders that share whatever is longer than two parts."""
    sharing = {"PREVIEW_PART_S": str(PART_S), "PREVIEW_SHARE_CPU_S": "0"}
    with (
        database_on(dict(os.environ)) as address,
        manned(address | sharing, directory=tmp_path_factory.mktemp("pair")) as one,
    ):
        one.start("encode-2", ENCODE)
        yield one


def film() -> bytes:
    picture = f"testsrc=s=160x90:r=25:d={SECONDS},hue=h={secrets.randbelow(360)}"
    words = ["-f", "lavfi", "-i", picture, "-metadata", f"comment={secrets.token_hex(8)}"]
    words += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    words += ["-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "pipe:1"]
    argv = [str(binaries.ffmpeg()), "-nostdin", "-loglevel", "error", *words]
    return subprocess.run(argv, check=True, capture_output=True).stdout


def parts_begun(rig: Rig) -> int:
    """Count how often a worker began with a part."""
    lines = (rig.directory / "log").read_text(errors="replace").splitlines()
    return sum(STARTED in line and '"kind":"preview-part"' in line for line in lines)


@pytest.mark.parametrize("point", ["part:encoded", "part:stored", "build:part-collected"])
def test_a_killed_worker_costs_at_most_one_part(pair: Rig, point: str) -> None:
    person, before = Person(pair), parts_begun(pair)
    pair.arm(point)

    delivery = person.deliver(film(), name="film.mp4")

    pair.until(lambda: pair.is_spent(point), f"{point} was reached")
    # The part that the dead worker held is told to have ended only when its lease is swept.
    left = judge(person, [delivery]).notes
    give_up = time.monotonic() + PATIENCE_S
    while left and time.monotonic() < give_up:
        left = judge(person, [delivery]).notes
    assert left == []
    version = person.job(delivery.job)["result"]["version"]
    playback = person.ask("GET", f"/api/versions/{version}/playback")
    assert (playback["state"], bool(playback["mp4"])) == ("ready", True)
    begun = parts_begun(pair) - before
    assert SECONDS // PART_S <= begun <= SECONDS // PART_S + 1
