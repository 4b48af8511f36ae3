"""The machine: system, disks, memory, limits, clock."""

import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from dam.stack.commands import preflight
from dam.stack.doctor import Finding
from dam.stack.layout import Layout
from dam.stack.servers.postgres import root_mode
from dam.stack.supervising import memory
from dam.stack.supervising.disk import Room, room_at
from dam.stack.supervising.watch import GIB, MIB, Watch

COMFORTABLE_BYTES = 5 * GIB
COMFORTABLE_INODES = 100_000
COMFORTABLE_MEMORY_BYTES = 2 * GIB
LEAST_OPEN_FILES = 4096


def look(layout: Layout, *, is_running: bool) -> Iterator[Finding]:
    yield Finding(
        "python", sys.version_info >= (3, 11), platform.python_version(), "install Python 3.11 or newer"
    )
    yield Finding(
        "system", platform.system() == "Linux", platform.platform(), "the embedded stack needs Linux"
    )
    yield from _disks(layout)
    yield _directory(layout)
    yield _memory(is_running=is_running)
    yield from _limits()
    yield _clock()
    if os.geteuid() == 0:
        yield _root()


def _disks(layout: Layout) -> Iterator[Finding]:
    """Look once at each file system that holds something of ours."""
    seen: dict[int, Room] = {}
    scratch = Path(os.environ.get("DAM_SCRATCH_DIR", layout.scratch))
    for place in (layout.data_dir, layout.service_dir("edge-cache"), scratch):
        room = room_at(place)
        seen.setdefault(room.place.stat().st_dev, room)
    for room in seen.values():
        yield judge_room(room)


def judge_room(room: Room, *, watch: Watch | None = None) -> Finding:
    watch = watch or Watch.from_environment()
    free, inodes = room.free_bytes, room.inodes
    remedy = f"free some, or choose another --data-dir; a start needs {watch.least_free_bytes / GIB:.1f} GiB and {watch.least_free_inodes:,} inodes at least"
    has_any = free >= watch.least_free_bytes and (inodes is None or inodes >= watch.least_free_inodes)
    has_plenty = free >= COMFORTABLE_BYTES and (inodes is None or inodes >= COMFORTABLE_INODES)
    return Finding("disk", (True if has_plenty else None) if has_any else False, str(room), remedy)


def _directory(layout: Layout) -> Finding:
    """Tell whether this user may write there, without making anything."""
    place = next(each for each in (layout.data_dir, *layout.data_dir.parents) if each.exists())
    return Finding(
        "data directory",
        place.is_dir() and os.access(place, os.W_OK | os.X_OK),
        str(layout.data_dir),
        f"give this user (id {os.geteuid()}) the right to write in {place}, or choose another --data-dir",
    )


def _memory(*, is_running: bool) -> Finding:
    left = memory.available_bytes()
    if left is None:
        return Finding("memory", None, "the kernel does not tell")
    remedy = (
        "an idle stack takes up to 850 MB, an encode up to 2 GB more: stop other programs, or give it more"
    )
    enough = is_running or left >= preflight.LEAST_MEMORY_BYTES
    comfortable = left >= COMFORTABLE_MEMORY_BYTES
    return Finding(
        "memory", (True if comfortable else None) if enough else False, f"{left / MIB:,.0f} MiB left", remedy
    )


def _limits() -> Iterator[Finding]:
    for subject, which, least, comfortable, flag in (
        ("open files", resource.RLIMIT_NOFILE, preflight.LEAST_OPEN_FILES, LEAST_OPEN_FILES, "-Hn"),
        ("processes", resource.RLIMIT_NPROC, preflight.LEAST_PROCESSES, preflight.LEAST_PROCESSES, "-Hu"),
    ):
        _, hard = resource.getrlimit(which)
        unlimited = hard == resource.RLIM_INFINITY
        ok = (True if unlimited or hard >= comfortable else None) if unlimited or hard >= least else False
        detail = "no limit" if unlimited else f"at most {hard}"
        yield Finding(subject, ok, detail, f"raise the limit: ulimit {flag} {comfortable}")


def _clock() -> Finding:
    remedy = "set the clock (NTP): signatures, locks and tokens count on it"
    try:
        preflight.require_clock(now=time.time())
    except preflight.CannotStart as error:
        return Finding("clock", ok=False, detail=str(error), remedy=remedy)
    return Finding("clock", ok=True, detail=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))


def _root() -> Finding:
    mode = root_mode()
    details = {
        "namespace": "PostgreSQL runs in a user namespace",
        "nobody": "no user namespaces here: PostgreSQL runs as nobody",
    }
    remedy = "run bin/dam as an ordinary user, or allow user namespaces"
    return Finding("running as root", True if mode == "namespace" else None, details.get(mode, mode), remedy)
