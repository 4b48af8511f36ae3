"""The scratch disk is full, or fills up while a build writes to it."""

from __future__ import annotations

import subprocess
from typing import Any

from tests.faults.oracle import Outcome, Person, judge
from tests.faults.rig import HOG, Rig, Unreached
from tests.faults.scenarios import some_clip

ROOMY_MB, TINY_MB = 320, 16


def can_mount() -> bool:
    """Tell whether a disk of one's own can be had here, which takes a user namespace."""
    own = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(own, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def disk_full(rig: Rig, *, for_long: bool) -> Outcome:
    """No build finds room: its job says so, and is done when there is room, by itself or when somebody asks."""
    person = Person(rig)
    rig.call("resize", megabytes=TINY_MB)
    delivery = person.deliver(some_clip(rig.directory, number=0), name="clip.mp4")
    state = "failed" if for_long else "queued"
    build = rig.until(lambda: _build_that(person, state, tried=True), "the build found no room")
    rig.call("resize", megabytes=ROOMY_MB)
    if for_long:
        person.ask("POST", f"/api/jobs/{build['id']}/retry", {})
    outcome = judge(person, [delivery])
    if not build["error"]["type"].endswith("/no-space") or "no room" not in build["error"]["detail"]:
        outcome.note("stuck", f"nobody understands {build['error']}")
    _judge_build(person, build["id"], outcome)
    return outcome


def disk_fills_up(rig: Rig) -> Outcome:
    """The disk fills up under a build: that try fails, a later one succeeds."""
    person = Person(rig)
    rig.call("resize", megabytes=ROOMY_MB)
    for each in ("is-full", "make-room"):
        (rig.directory / "data" / each).unlink(missing_ok=True)
    rig.start("hog", HOG)
    # Long enough that the disk is full before the build has written all it needs, however busy the machine is.
    clip = some_clip(rig.directory, number=0, seconds=20, size="640x360")
    delivery = person.deliver(clip, name="clip.mp4")
    rig.until((rig.directory / "data" / "is-full").exists, "the disk is full")
    build = rig.until(lambda: _failed_build(person), "the first try failed")
    (rig.directory / "data" / "make-room").touch()
    outcome = judge(person, [delivery])
    rig.stop("hog")
    _judge_build(person, build["id"], outcome)
    return outcome


def _build_that(person: Person, state: str, *, tried: bool = False) -> Any:
    """Return the build in this state, once it was tried."""
    found = person.ask("GET", f"/api/jobs?project={person.project}&state={state}")["results"]
    return next((each for each in found if each["kind"] == "preview" and (each["error"] or not tried)), None)


def _failed_build(person: Person) -> Any:
    """Return the build once a try of it has failed; a try that went well could fail no more."""
    found = person.ask("GET", f"/api/jobs?project={person.project}")["results"]
    for each in found:
        if each["kind"] == "preview" and each["state"] == "succeeded":
            raise Unreached(f"the build was done before it failed: {each}")
    return next((each for each in found if each["kind"] == "preview" and each["error"]), None)


def _judge_build(person: Person, job: str, outcome: Outcome) -> None:
    ended = person.job(job)
    if ended["state"] != "succeeded":
        outcome.note("stuck", f"the build ended as {ended.body}")
