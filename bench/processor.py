"""Processor time of a process and of all that it started, ended children among them: what connections cost is not lost."""

import os
from collections.abc import Iterable
from pathlib import Path

from dam.stack.supervising.processes import descendants_of

# Where /proc/PID/stat, after the name, tells ticks: user, system; and the same of children that were waited for.
_OWN, _ENDED = slice(11, 13), slice(13, 15)


def cpu_s(pids: Iterable[int]) -> float:
    """Answer the processor seconds, user and system, that living processes have taken themselves."""
    return sum(_ticks(pid, _OWN) for pid in pids) / os.sysconf("SC_CLK_TCK")


def family_s(pid: int) -> float:
    """Answer the processor seconds of a process, of all below it, and of those below it that have ended."""
    family = [pid, *descendants_of(pid)]
    return cpu_s(family) + sum(_ticks(each, _ENDED) for each in family) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int, where: slice) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0
    return sum(int(each) for each in text[text.rindex(")") + 2 :].split()[where])
