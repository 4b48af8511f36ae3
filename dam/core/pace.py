"""How many assets one transaction works on: as many as are done before anybody who waits for one of them notices."""

from __future__ import annotations

import time

#: The rows of a slice are held for so long; one that took longer makes the next one smaller.
HELD_S = 0.2
_AIMED_S = 0.15
#: With fewer what a slice costs by itself, however small it is, would be most of its time.
_FIRST, LEAST, MOST = 200, 100, 500
_GROWTH = 1.5


class Pace:
    """The size of the next slice, after how long the last one took on this machine, with whatever else it does."""

    def __init__(self) -> None:
        """Begin with few: nobody knows yet what an asset costs here."""
        self.size = _FIRST
        self._began: float | None = None

    def begin(self) -> None:
        """Note that rows are about to be held."""
        self._began = time.monotonic()

    def end(self) -> None:
        """Note that they are free again, where any were held."""
        if self._began is not None:
            self.follow(time.monotonic() - self._began)
            self._began = None

    def follow(self, held_s: float) -> None:
        """Aim at 0.15 seconds; slowly towards more, at once towards less."""
        aimed = int(self.size * min(_AIMED_S / max(held_s, 1e-6), _GROWTH))
        if held_s > HELD_S or aimed > self.size:
            self.size = min(max(aimed, LEAST), MOST)
