"""What can go wrong with processes, one function each: make it happen on a rig, then let the oracle judge.

Each brings a fresh organisation along, so that any number may follow each other on one rig.
"""

from __future__ import annotations

import secrets
import subprocess
from functools import partial
from pathlib import Path

from dam.stack.servers import binaries
from tests.faults.oracle import Outcome, Person, judge, some_bytes
from tests.faults.rig import ENCODE, SHORT, Rig

PROMOTION_STEPS = tuple(
    f"promotion:{each}"
    for each in (
        "claimed",
        "opened",
        "copied",
        "completed",
        "locked",
        "verified",
        "deposited",
        "manifest",
        "entered",
        "committed",
    )
)
JOB_STEPS = ("job:claimed", "job:ended", "job:done")
RELAY_STEPS = ("relay:delivered",)
WEB_STEPS = (
    "presign:opened",
    "presign:saved",
    "PresignView:committed",
    "complete:stored",
    "complete:saved",
    "CompleteView:committed",
    "promote:queued",
    "PromoteView:committed",
)

BUILD_STEPS = tuple(
    f"build:{each}"
    for each in (
        "claimed",
        "fetched",
        "probed",
        "first-segment",
        "checked",
        "switching",
        "published",
        "entered",
        "committed",
    )
)


def server_killed_at(rig: Rig, *points: str, keyed: bool = True) -> Outcome:
    """The web process, or the relay, dies at each point, one delivery a point; the client asks again."""
    person = Person(rig)
    deliveries = []
    for point in points:
        rig.arm(point)
        deliveries.append(person.deliver(some_bytes(), keyed=keyed))
        rig.until(partial(rig.is_spent, point), f"{point} was reached")
    return judge(person, deliveries)


def worker_killed_at(rig: Rig, *points: str) -> Outcome:
    """The worker dies at each point of a promotion, one delivery a point."""
    person = Person(rig)
    rig.stop("short")
    deliveries = []
    for point in points:
        deliveries.append(person.deliver(some_bytes()))
        rig.arm(point, job=deliveries[-1].job)
    rig.start("short", SHORT)
    rig.until(lambda: not rig.armed(), "every point was reached")
    return judge(person, deliveries)


def encoder_killed_at(rig: Rig, *points: str) -> Outcome:
    """The encoder dies at each point of a build, one clip a point; every preview is whole in the end."""
    person = Person(rig)
    rig.stop("encode")
    deliveries = []
    for number, point in enumerate(points):
        deliveries.append(person.deliver(some_clip(rig.directory, number=number), name="clip.mp4"))
        rig.arm(point, job=rig.until(partial(_build, person, number), "the build was asked for"))
    rig.start("encode", ENCODE)
    rig.until(lambda: not rig.armed(), "every point was reached")
    outcome = judge(person, deliveries)
    for each in deliveries:
        job = person.job(each.job)
        playback = person.ask("GET", f"/api/versions/{job['result']['version']}/playback")
        if playback["state"] != "ready" or not playback["mp4"]:
            outcome.note("lost", f"the preview is {playback.body}")
    return outcome


def _build(person: Person, number: int) -> str:
    """Return the job of the build that was asked for after `number` others; empty while there is none."""
    waiting = person.ask("GET", f"/api/jobs?project={person.project}&state=queued")["results"]
    builds = [each["id"] for each in waiting if each["kind"] == "preview"]
    return builds[0] if len(builds) > number else ""


def some_clip(directory: Path, *, number: int, seconds: int = 3, size: str = "160x90") -> bytes:
    """Some seconds of moving colour that no other clip has."""
    target = directory / f"clip-{number}-{secrets.token_hex(4)}.mp4"
    picture = f"testsrc=s={size}:r=25:d={seconds},hue=h={secrets.randbelow(360)}"
    subprocess.run(
        [
            *(str(binaries.ffmpeg()), "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", picture),
            *("-metadata", f"comment={secrets.token_hex(8)}", "-c:v", "libx264", "-preset", "ultrafast"),
            *("-pix_fmt", "yuv420p", f"file:{target}"),
        ],
        check=True,
    )
    return target.read_bytes()
