"""Threads that work as long as their process, and have let go of everything before it is taken apart.

The interpreter stops a daemon thread wherever it happens to be, with the locks that it holds; then the clients of
Redis are torn down, take their pool's lock to close it, and would wait for that thread for ever.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable

#: Seconds that the end of the process waits for one of them: longer than any wait for a network in its turn.
LONGEST_TURN_S = 5.0
_ending = threading.Event()


def start(name: str, work: Callable[[], None]) -> None:
    """Run `work` in a thread; it returns soon once `is_ending_within` has said so."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    atexit.register(_see_off, thread)


def is_ending_within(seconds: float) -> bool:
    """Rest for so long, or until the process ends; tell whether it does."""
    return _ending.wait(seconds)


def _see_off(thread: threading.Thread) -> None:
    _ending.set()
    thread.join(LONGEST_TURN_S)
