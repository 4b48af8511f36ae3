"""Metrics of several processes in one place: each keeps its numbers in mapped files that outlive it.

With `METRICS_DIR` set, prometheus_client writes there instead of into memory, and whichever process serves
`/metrics` reads all of it. Files of dead processes are merged into one, so counters survive restarts and nothing
grows; a dead process's gauges go with it. Source: the library's own multiprocess mode, with two things mended:
files are allocated on disk (a sparse mapping ends the process when the disk is full), and a number that the system
gives to another process is told apart by its start time.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import prometheus_client
from prometheus_client import values
from prometheus_client.core import Metric
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

# These have no types.
_library: Any = prometheus_client
_values: Any = values
_collector: Any = MultiProcessCollector
_mapped: Any = MmapedDict

ALLOCATED_BYTES = {"counter": 256 * 1024, "histogram": 1024 * 1024, "gauge_livesum": 64 * 1024}
#: The name under which the numbers of dead processes are kept; no process has it.
PAST = "0-0"
#: Where prometheus_client looks for the folder.
_LIBRARYS_NAME = "PROMETHEUS_MULTIPROC_DIR"
_identity: list[str] = []


def identity() -> str:
    """Return what tells this process from all others of this boot: its number and when it started."""
    if not _identity:
        _identity.append(_identity_of(os.getpid()) or f"{os.getpid()}-0")
    return _identity[0]


def folder() -> Path | None:
    """Return where the numbers of all processes lie, or None where each keeps its own."""
    path = os.environ.get(_LIBRARYS_NAME)
    return Path(path) if path and _values.ValueClass is not _values.MutexValue else None


def share() -> None:
    """Keep this process's numbers where others can read them, if `METRICS_DIR` names a place with room."""
    _library.disable_created_metrics()
    _values.ValueClass = _values.MutexValue
    wanted = os.environ.get("METRICS_DIR", "")
    if wanted and _allocate(Path(wanted)):
        os.environ[_LIBRARYS_NAME] = wanted
        os.register_at_fork(after_in_child=_identity.clear)
        _values.ValueClass = _values.MultiProcessValue(process_identifier=identity)


def gathered() -> list[Metric]:
    """Return the numbers of all processes, the dead included."""
    path = folder()
    if path is None:
        return []
    with _locked(path):
        _bury(path)
        return list(_collector.merge([str(each) for each in path.glob("*.db")], accumulate=True))


def _allocate(path: Path) -> bool:
    """Make this process's files, blocks and all; False where there is no room for them."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            _bury(path)
        for kind in ALLOCATED_BYTES:
            _reserve(path / f"{kind}_{identity()}.db", kind=kind)
    except OSError:
        return False
    return True


def _reserve(path: Path, *, kind: str) -> None:
    with path.open("ab") as file:
        os.posix_fallocate(file.fileno(), 0, ALLOCATED_BYTES[kind])


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time read or tidy up."""
    with (path / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _bury(path: Path) -> None:
    """Add the counters and histograms of dead processes to the past, and drop their files."""
    dead = [each for each in path.glob("*.db") if not _lives(each.stem.rsplit("_", 1)[-1])]
    if not dead:
        return
    for kind in ("counter", "histogram"):
        ended = [str(each) for each in dead if each.name.startswith(f"{kind}_")]
        past = path / f"{kind}_{PAST}.db"
        if ended:
            _add_up([*ended, *([str(past)] if past.exists() else [])], past=past)
    for each in dead:
        each.unlink(missing_ok=True)


def _add_up(files: list[str], *, past: Path) -> None:
    """Write the sums of the files over the past, at once or not at all."""
    handle, name = tempfile.mkstemp(dir=past.parent, prefix="sum-")
    os.close(handle)
    fresh = _mapped(name)
    for metric in _collector.merge(files, accumulate=False):
        for sample in metric.samples:
            labels = sample.labels
            key = mmap_key(
                metric.name, sample.name, list(labels), list(labels.values()), metric.documentation
            )
            fresh.write_value(key, sample.value, 0.0)
    fresh.close()
    Path(name).rename(past)


def _lives(identity_: str) -> bool:
    if identity_ == PAST:
        return True
    pid, _, _ = identity_.partition("-")
    return pid.isdigit() and _identity_of(int(pid)) == identity_


def _identity_of(pid: int) -> str | None:
    """Return number and start time of a living process. Source: proc_pid_stat(5), field 22."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = text.rpartition(")")[2].split()
    return None if state in "ZX" else f"{pid}-{rest[18]}"
