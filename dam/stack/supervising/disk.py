"""Room on the disks of a stack."""

import os
from dataclasses import dataclass
from pathlib import Path

from dam.stack.supervising.watch import MIB, Watch


@dataclass(frozen=True)
class Room:
    """What a file system has left for us; `inodes` is None where it does not count them."""

    place: Path
    free_bytes: int
    inodes: int | None

    def __str__(self) -> str:
        inodes = "" if self.inodes is None else f" and {self.inodes:,} inodes"
        return f"{self.free_bytes / MIB:,.0f} MiB{inodes} free in {self.place}"


def room_at(path: Path) -> Room:
    """Look at the file system that holds a path, or will hold it."""
    place = next(each for each in (path, *path.parents) if each.exists())
    told = os.statvfs(place)
    return Room(place, told.f_bavail * told.f_frsize, told.f_favail if told.f_files else None)


def shortage(room: Room, *, watch: Watch) -> str:
    """Say with numbers what a file system lacks; an empty text when nothing."""
    if room.free_bytes < watch.least_free_bytes:
        return f"disk nearly full: {room}, at least {watch.least_free_bytes / MIB:,.0f} MiB are needed"
    if room.inodes is not None and room.inodes < watch.least_free_inodes:
        return f"disk nearly full: {room}, at least {watch.least_free_inodes:,} inodes are needed"
    return ""
