"""`preview-scale`: one film encoded in parts by one worker and by two, one core each; and what cutting it costs.

The limit of the first row is one worker, of the second the same film encoded in one piece on one core. Meant for an
idle machine of two cores or more: elsewhere it says so and measures nothing.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.preview_cpu import Nowhere, cpu_s, make_master
from bench.report import CannotRun, Row, compare
from previews.media.builds.chunks import Cutter, order_of
from previews.media.engine import BuildFailed, BuildRequest, Film, build
from previews.media.sandbox import SandboxUnavailable

WORKERS, REPEATS = 2, 5
AT_LEAST, CPU_AT_MOST = 1.7, 1.08
#: Beyond so many running processes somebody else's work would be measured.
BUSY_LOAD = 0.5
QUICK, FULL = (16, 8.0), (80, 20.0)
"""Seconds of film, and of each part: shorter ones than these would be nothing but beginnings; the product's have 40."""


@dataclass
class Cores:
    """The engine's `Crew` and `Sharing`: workers that take parts in turn, each on a core of its own."""

    master: Path
    place: Path
    part_s: float
    pool: ThreadPoolExecutor
    cores: list[int]

    def share(self, film: Film) -> "Cores":
        """Hand all parts out at once."""
        self.lengths = {part.number: part.frames for part in film.parts}
        self.futures: dict[int, Future[Path]] = {}
        for part in film.parts:
            cutter = Cutter(self.place / f"part-{part.number}", threads=1)
            self.futures[part.number] = self.pool.submit(self.make, cutter, order_of(film, part))
        return self

    def make(self, cutter: Cutter, order: dict[str, object]) -> Path:
        """Encode one part; the thread took its core when it began."""
        return cutter.make(order, self.master, on_frames=lambda *_: None)

    def collect(self, number: int) -> Path | None:
        """Answer a part's archive once it is made."""
        future = self.futures[number]
        return future.result() if future.done() else None

    def frames_done(self) -> int:
        """Count the frames of the parts that are made."""
        return sum(self.lengths[number] for number, future in self.futures.items() if future.done())


def run(full: bool) -> list[Row]:  # noqa: FBT001  the runner calls every benchmark like this
    """Measure one worker, one piece and two workers in turn, five times each."""
    refuse_busy()
    seconds, part_s = FULL if full else QUICK
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory:
        place = Path(directory)
        try:
            master = make_master(place / "master.mov", size="1280x720", seconds=seconds)
            return rows_of(master, place=place / "work", part_s=part_s)
        except (SandboxUnavailable, BuildFailed) as error:
            raise CannotRun(str(error)) from error


def rows_of(master: Path, *, place: Path, part_s: float) -> list[Row]:
    """Measure and judge."""
    seconds, in_parts, in_one_piece = [], [], []

    def timed(workers: int) -> tuple[float, float]:
        began = time.monotonic()
        spent = cpu_s(lambda work: shared(master, work, part_s=part_s, workers=workers), place)
        return time.monotonic() - began, spent

    for _ in range(REPEATS):
        alone, spent = timed(1)
        in_one_piece.append(cpu_s(lambda work: in_one(master, work), place))
        together, _ = timed(WORKERS)
        seconds.append((alone, together))
        in_parts.append(spent)
    cutting = list(zip(in_parts, in_one_piece, strict=True))
    return [
        compare(f"seconds of a film in parts: one worker / {WORKERS} workers", seconds, at_least=AT_LEAST),
        compare("CPU-s of a film: in parts / in one piece", cutting, at_most=CPU_AT_MOST),
    ]


def refuse_busy() -> None:
    """Measure nothing where there are no two cores, or somebody else works on them.

    Raises:
        CannotRun: with what was found.
    """
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    if cores < WORKERS:
        raise CannotRun(f"it takes {WORKERS} cores, and there is {cores}")
    if load > BUSY_LOAD:
        raise CannotRun(f"the machine is not idle: load {load:.2f}, at most {BUSY_LOAD} is quiet enough")


def shared(master: Path, work: Path, *, part_s: float, workers: int) -> None:
    """Build in parts, on as many cores as there are workers."""
    with bound_to(workers) as cores:
        waiting = list(cores)
        with ThreadPoolExecutor(
            workers, initializer=lambda: os.sched_setaffinity(0, {waiting.pop()})
        ) as pool:
            crew = Cores(master, work, part_s, pool, cores)
            request = BuildRequest(master, work, master.name, threads=1, crew=crew)
            build(request, Nowhere())


def in_one(master: Path, work: Path) -> None:
    """Build in one piece on one core."""
    with bound_to(1):
        build(BuildRequest(master, work, master.name, threads=1), Nowhere())


@contextmanager
def bound_to(count: int) -> Iterator[list[int]]:
    """Keep this thread and what it starts on so many cores."""
    before = os.sched_getaffinity(0)
    cores = sorted(before)[:count]
    os.sched_setaffinity(0, cores)
    try:
        yield cores
    finally:
        os.sched_setaffinity(0, before)
