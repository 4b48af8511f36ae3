"""Room on the disks of a stack, and the edge's warning when its own runs short."""

import http.client
import os
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from dam.stack.layout import Layout
from dam.stack.servers.service import LOOPBACK
from dam.stack.supervising.watch import MIB, Watch

# nginx trims its caches down to `min_free` some seconds late (dam.stack.servers.edge.Limits); below this it stops storing.
EDGE_LOW_BYTES = 512 * MIB
EDGE_WELL_BYTES = 768 * MIB
FLAG = "/_edge/flags/disk_low"
FLAG_TIMEOUT_S = 1.0


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


class EdgeDiskGuard:
    """Keeps the edge's disk flag right: while it is set, objects are streamed and none is stored."""

    def __init__(self, layout: Layout, *, low_bytes: int, well_bytes: int) -> None:
        self._port = layout.ports.edge_control
        self._place = layout.service_dir("edge-cache")
        self._low_bytes, self._well_bytes = low_bytes, well_bytes
        self.is_low = False
        self._is_told = False

    def look(self) -> bool:
        """Measure, tell the edge where that changes anything, and answer whether its disk is low.

        A low disk is told again each time, since an edge that was started anew has forgotten it.
        """
        free = room_at(self._place).free_bytes
        was_low, self.is_low = self.is_low, free < (self._well_bytes if self.is_low else self._low_bytes)
        if self.is_low or was_low or not self._is_told:
            self._is_told = self._tell("PUT" if self.is_low else "DELETE")
        return self.is_low

    def _tell(self, method: str) -> bool:
        link = http.client.HTTPConnection(LOOPBACK, self._port, timeout=FLAG_TIMEOUT_S)
        try:
            link.request(method, FLAG)
            return link.getresponse().status == HTTPStatus.NO_CONTENT
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()
