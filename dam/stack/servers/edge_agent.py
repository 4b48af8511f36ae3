"""What lives beside an edge's nginx and does what nginx cannot: watch its disk, and throw away what was taken down.

It talks to the private listener alone. Each look takes milliseconds, but for a purge, which reads the store once.
"""

import http.client
import json
import logging
import os
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from dam.stack import files
from dam.stack.servers import edge_cache
from dam.stack.servers.service import LOOPBACK

logger = logging.getLogger(__name__)

MIB = 1024**2
FLAG = "/_edge/flags/disk_low"
ENTRIES = "/_edge/revoked/"
TIMEOUT_S = 1.0
#: A fetch that was under way when a digest was taken down may still be stored; by then it is over.
SECOND_PURGE_S = 60.0
_DIGEST_ENTRY = "a:"


@dataclass(frozen=True)
class Place:
    """Where an edge is: its private port, its store, and the folder where its agent keeps notes.

    Below `low_bytes` of free room the edge streams without storing, until there are `well_bytes` again. nginx
    trims its store down to `min_free` up to ten seconds late (`dam.stack.servers.edge.Limits`), so this comes first.
    """

    control_port: int
    cache_dir: Path
    run_dir: Path
    low_bytes: int = 512 * MIB
    well_bytes: int = 768 * MIB


class EdgeAgent:
    """Looks after one edge; `look` every two seconds."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._notes = place.run_dir / "purged.json"
        self._purged: dict[str, float] | None = None
        self._is_told = False
        self.is_low = False

    def look(self) -> bool:
        """Do everything due; answer whether the edge's disk is low."""
        self._watch_disk()
        self._purge_taken_down()
        return self.is_low

    # --- the disk --------------------------------------------------------------------------------

    def _watch_disk(self) -> None:
        """Measure, and tell the edge where that changes anything.

        A low disk is told again each time, since an edge that was started anew has forgotten it.
        """
        place = self._place
        free = _free_bytes(place.cache_dir)
        was_low, self.is_low = self.is_low, free < (place.well_bytes if self.is_low else place.low_bytes)
        if self.is_low or was_low or not self._is_told:
            status, _ = self._ask("PUT" if self.is_low else "DELETE", FLAG)
            self._is_told = status == HTTPStatus.NO_CONTENT

    # --- what was taken down ---------------------------------------------------------------------

    def _purge_taken_down(self) -> None:
        """Purge each digest on the edge's list when it is first seen there, and once more a little later."""
        status, body = self._ask("GET", ENTRIES)
        if status != HTTPStatus.OK:
            return
        entries = json.loads(body)["revoked"]
        listed = {each.removeprefix(_DIGEST_ENTRY) for each in entries if each.startswith(_DIGEST_ENTRY)}
        purged = self._noted()
        now = time.time()
        due = {each for each in listed if purged.get(each, 0.0) < now and not _is_done(purged.get(each))}
        if not due and listed >= set(purged):
            return
        if due:
            swept = edge_cache.purge(self._place.cache_dir, digests=due)
            logger.info("edge.purged %d digests, %d of %d files", len(due), swept.removed, swept.seen)
        after = {each: _DONE if each in purged else now + SECOND_PURGE_S for each in due}
        self._purged = {each: due_at for each, due_at in (purged | after).items() if each in listed}
        files.write_json(self._notes, self._purged)

    def _noted(self) -> dict[str, float]:
        """Answer when each digest is to be purged again; `_DONE` for never."""
        if self._purged is None:
            noted = files.read_json(self._notes)
            self._purged = noted if isinstance(noted, dict) else {}
        return self._purged

    def _ask(self, method: str, path: str) -> tuple[int, bytes]:
        """Ask the private listener; (0, nothing) where nobody answers."""
        link = http.client.HTTPConnection(LOOPBACK, self._place.control_port, timeout=TIMEOUT_S)
        try:
            link.request(method, path)
            answer = link.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            link.close()


_DONE = -1.0


def _is_done(due_at: float | None) -> bool:
    return due_at == _DONE


def _free_bytes(path: Path) -> int:
    place = next(each for each in (path, *path.parents) if each.exists())
    told = os.statvfs(place)
    return told.f_bavail * told.f_frsize
