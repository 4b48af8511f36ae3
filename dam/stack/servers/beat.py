"""How a worker tells that it takes messages: a file that it renews."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

BEAT_S = 2.0
STALE_AFTER_S = 10.0
CONSUMING = "consuming"
WAITING = "waiting for the broker"


class Beat:
    """Renews the file as long as the consumer's loop turns, or as long as only its broker is to blame.

    A consumer that stands still while its broker answers leaves the file to grow old; whoever watches then
    starts the worker again.
    """

    def __init__(self, path: Path, *, broker_answers: Callable[[], bool]) -> None:
        self._path = path
        self._broker_answers = broker_answers
        self._turned_at: float | None = None
        self._told = ""
        self._ended = threading.Event()

    def turn(self) -> None:
        """Note that the consumer's loop has turned; its own timer calls this."""
        self._turned_at = time.monotonic()
        if self._told != CONSUMING:
            self._tell(CONSUMING)

    def start(self) -> None:
        threading.Thread(target=self._run, name="beat", daemon=True).start()

    def end(self) -> None:
        self._ended.set()
        self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        while not self._ended.wait(BEAT_S):
            if self._turned_at is None:
                continue
            if time.monotonic() - self._turned_at < STALE_AFTER_S:
                self._tell(CONSUMING)
            elif not self._broker_answers():
                self._tell(WAITING)

    def _tell(self, word: str) -> None:
        """Write the word where it is new, else touch the file: nothing is written to disk for each beat."""
        try:
            if word == self._told and self._path.exists():
                os.utime(self._path)
            else:
                self._path.write_text(f"{word}\n", encoding="utf-8")
        except OSError:
            # A disk without room may have taken the file's content and given nothing in its place.
            self._told = ""
            return
        self._told = word
