"""Which place in a mirror is whose: every asset has one of its own, numbered where several want the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from uuid import UUID

from exchange.export.names import folded, numbered
from exchange.models import Mirror, MirrorEntry
from exchange.services.mirroring.trees import MANIFEST, Tree, TreeFault

MOST_NUMBERS = 1_000_000
#: So many numbers are asked for at once, and twice as many each time they are all taken.
_FIRST_LOOK, _WIDEST_LOOK = 16, 4096


class Places:
    """The places that a batch of assets meets; asks for many at once, in the batch's transaction.

    `leaving` are paths that the batch's own files lie at: what is there may be written over.
    """

    def __init__(
        self, mirror: Mirror, tree: Tree, *, leaving: Collection[str], wanted: Iterable[str]
    ) -> None:
        """Look up who has what is wanted."""
        self._mirror, self._tree, self._leaving = mirror, tree, leaving
        self._owners: dict[str, UUID] = {}
        self._asked: set[str] = set()
        self._next: dict[str, int] = {}
        self._given: dict[UUID, str] = {}
        self._look([folded(each) for each in wanted])

    def take(self, entry: MirrorEntry, wanted: str) -> None:
        """Give an entry the first number with which the place is nobody's: no other asset's, and nothing of others.

        Raises:
            TreeFault: there is none.
        """
        kind = folded(wanted)
        for number in self._numbers(wanted, first=self._next.get(kind, 1)):
            path = numbered(wanted, number)
            key = folded(path)
            is_taken = path == MANIFEST or self._owners.get(key, entry.asset_id) != entry.asset_id
            if is_taken or (path not in self._leaving and self._tree.holds(path)):
                continue
            if self._owners.get(entry.folded) == entry.asset_id:
                del self._owners[entry.folded]
            self._owners[key], self._next[kind] = entry.asset_id, number + 1
            self._given[entry.asset_id] = key
            entry.wanted, entry.number, entry.path, entry.folded = wanted, number, path, key
            return
        raise TreeFault(f"Too many things are called {wanted}.")

    def _numbers(self, wanted: str, *, first: int) -> Iterator[int]:
        """Yield numbers of which it is known whose they are."""
        width, known = _FIRST_LOOK, 1
        for number in range(first, MOST_NUMBERS):
            if number > known:
                known = number + width
                self._look([folded(numbered(wanted, each)) for each in range(number, known + 1)])
                width = min(width * 2, _WIDEST_LOOK)
            yield number

    def _look(self, keys: Collection[str]) -> None:
        fresh = [each for each in dict.fromkeys(keys) if each not in self._asked]
        self._asked.update(fresh)
        if fresh:
            rows = MirrorEntry.objects.filter(mirror_id=self._mirror.id, folded__in=fresh)
            found = rows.values_list("folded", "asset_id")
            # What one of the batch has left is written down with the whole batch.
            self._owners.update((key, asset) for key, asset in found if self._given.get(asset, key) == key)


def taken(mirror: Mirror, paths: Collection[str]) -> dict[str, UUID]:
    """Return which entries have these paths now, by what the paths are folded to. In scope."""
    keys = [folded(each) for each in paths]
    rows = MirrorEntry.objects.filter(mirror_id=mirror.id, folded__in=keys)
    return dict(rows.values_list("folded", "id"))
