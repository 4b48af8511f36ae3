"""What lives beside an edge's nginx and does what nginx cannot: watch its disk, and throw away what was taken down.

Where nginx is too old to pull revocations itself, this does that too. Each look takes milliseconds, but for a purge,
which reads the store once.
"""

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

from dam.stack import files
from dam.stack.servers import edge, edge_cache
from dam.stack.servers.edge_hands import Files, Hand, Listener

logger = logging.getLogger(__name__)

MIB = 1024**2
#: A fetch that was under way when a digest was taken down may still be stored; by then it is over.
SECOND_PURGE_S = 60.0
_DIGEST_ENTRY = "a:"
_DONE = -1.0


@dataclass(frozen=True)
class Room:
    """Below `low_bytes` of free room an edge streams without storing, until there are `well_bytes` again.

    nginx trims its store down to `min_free` up to ten seconds late (`dam.stack.servers.edge.Limits`), so this is less.
    """

    low_bytes: int = 512 * MIB
    well_bytes: int = 768 * MIB


class EdgeAgent:
    """Looks after one edge; `look` every two seconds."""

    def __init__(self, config: edge.EdgeConfig, *, build: edge.NginxBuild, room: Room | None = None) -> None:
        self._room = room or Room()
        self._cache_dir = config.cache_dir
        self._hand = hand_of(config, build=build)
        self._notes = config.run_dir / "purged.json"
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
        room, free = self._room, _free_bytes(self._cache_dir)
        was_low, self.is_low = self.is_low, free < (room.well_bytes if self.is_low else room.low_bytes)
        if self.is_low or was_low or not self._is_told:
            self._is_told = self._hand.set_low(self.is_low)

    # --- what was taken down ---------------------------------------------------------------------

    def _purge_taken_down(self) -> None:
        """Purge each digest on the edge's list when it is first seen there, and once more a little later."""
        entries = self._hand.revoked()
        if entries is None:
            return
        listed = {each.removeprefix(_DIGEST_ENTRY) for each in entries if each.startswith(_DIGEST_ENTRY)}
        purged = self._noted()
        now = time.time()
        due = {each for each in listed if purged.get(each, 0.0) < now and not _is_done(purged.get(each))}
        if not due and listed >= set(purged):
            return
        if due:
            swept = edge_cache.purge(self._cache_dir, digests=due)
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


def hand_of(config: edge.EdgeConfig, *, build: edge.NginxBuild) -> Hand:
    """Answer how this nginx is spoken to."""
    if build.has_state:
        return Listener(config.control_port)
    return Files(config.run_dir, revocations_url=config.revocations_url, every_s=config.pull_interval_s)


def _is_done(due_at: float | None) -> bool:
    return due_at == _DONE


def _free_bytes(path: Path) -> int:
    place = next(each for each in (path, *path.parents) if each.exists())
    told = os.statvfs(place)
    return told.f_bavail * told.f_frsize
