"""Words on a terminal: progress as a live table where there is one, as plain lines where not."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dam.stack.supervising.state import StackState

out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)

_COLOURS = {
    "waiting": "dim",
    "preparing": "yellow",
    "starting": "yellow",
    "ready": "green",
    "restarting": "red",
    "stopped": "dim",
}
_MARKS = {"ready": "●", "waiting": "·", "stopped": "○"}


def say(text: str) -> None:
    out.print(text, markup=False)


def complain(text: str) -> None:
    err.print(text, markup=False, style="red" if err.is_terminal else None)


def is_terminal() -> bool:
    return sys.stdout.isatty()


class Progress:
    """Shows each change of a stack's state once."""

    def __init__(self, live: Live | None) -> None:
        self._live = live
        self._shown: dict[str, str] = {}
        self._doing = ""
        self._began = time.monotonic()

    def show(self, state: StackState) -> None:
        if self._live is not None:
            self._live.update(self._table(state))
            return
        if state.doing and state.doing != self._doing:
            self._doing = state.doing
            say(f"{self._elapsed()} {state.doing}")
        for service in state.services:
            if self._shown.get(service.name, "waiting") != service.phase:
                self._shown[service.name] = service.phase
                if service.phase in ({"stopped"} if state.phase == "stopping" else {"ready", "restarting"}):
                    say(f"{self._elapsed()} {service.name}: {service.phase} ({service.address})")

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._began:5.1f} s"

    def _table(self, state: StackState) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for service in state.services:
            colour = _COLOURS.get(service.phase, "")
            table.add_row(
                Text(_MARKS.get(service.phase, "◌"), style=colour),
                Text(service.name),
                Text(service.phase, style=colour),
                Text(service.address, style="dim"),
            )
        table.add_row("", Text(self._elapsed(), style="dim"), Text(state.doing, style="dim"), "")
        return table


@contextmanager
def progress() -> Iterator[Progress]:
    """Open a progress display for as long as a start or a stop takes."""
    if not is_terminal():
        yield Progress(None)
        return
    with Live(console=out, refresh_per_second=12, transient=True) as live:
        yield Progress(live)
