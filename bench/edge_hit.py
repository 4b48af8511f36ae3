"""`edge-hit`: what the check of a signed address costs on a cached answer, in processor time per request."""

import os
from dataclasses import dataclass

from bench.edge_load import Asking, ask
from bench.edge_stand import Server, Stand, fetch, put_first, standing
from bench.report import Row, compare
from previews.edge_tokens import Kind

KIB, MIB = 1024, 1024**2
WORDS = {"unchecked": "unchecked", "plain": "plain file"}


@dataclass(frozen=True)
class Case:
    """One kind of request and the mark its ratio must reach."""

    name: str
    kind: Kind
    rest: str
    file_bytes: int
    connections: int
    at_most: float
    answers: int
    range_bytes: int = 0


@dataclass(frozen=True)
class Cost:
    """What an answer cost: processor time, and pages of memory that were not there before."""

    cpu_us: float
    faults: float


CASES = (
    Case("10 kB playlist", Kind.HLS, "v0/index.m3u8", 10 * KIB, 32, 3.6, 2000),
    Case("1 MB segment", Kind.HLS, "v0/00000.m4s", MIB, 16, 1.25, 400),
    Case("1 MiB range of an MP4", Kind.MP4, "proxy.mp4", 64 * MIB, 16, 1.6, 400, range_bytes=MIB),
)


def cost(stand: Stand, server: Server, *, case: Case, answers: int) -> Cost:
    """Return what the workers spend on an answer."""
    asking = Asking(
        path=stand.path(server, kind=case.kind, rest=case.rest),
        connections=case.connections,
        file_bytes=case.file_bytes,
        range_bytes=case.range_bytes,
    )
    spent, touched = server.cpu_ns(), server.faults()
    done = ask(server.port, asking=asking, answers=answers)
    if done.wrong:
        raise RuntimeError(f"{case.name}: {done.wrong} wrong answers of {done.requests}")
    return Cost(
        cpu_us=(server.cpu_ns() - spent) / done.requests / 1000,
        faults=(server.faults() - touched) / done.requests,
    )


def measure(stand: Stand, *, case: Case, repeats: int) -> dict[str, list[Cost]]:
    """Measure the three servers in turn, beginning with another one each time."""
    servers = {"checked": stand.checked, "unchecked": stand.unchecked, "plain": stand.plain}
    names = list(servers)
    found: dict[str, list[Cost]] = {name: [] for name in names}
    for repeat in range(repeats):
        for name in names[repeat % 3 :] + names[: repeat % 3]:
            found[name].append(cost(stand, servers[name], case=case, answers=case.answers))
    return found


def warm(stand: Stand, *, files: dict[tuple[Kind, str], bytes]) -> None:
    """Fetch every file once through both edges; a wrong answer fails the benchmark."""
    for (kind, rest), body in files.items():
        for server in (stand.checked, stand.unchecked, stand.plain):
            if fetch(server, stand.path(server, kind=kind, rest=rest)) != (200, body):
                raise RuntimeError(f"{rest} came back wrong from port {server.port}")


def rows_of(case: Case, found: dict[str, list[Cost]]) -> list[Row]:
    """Compare processor time; pages tell whether memory is mapped anew for every answer, which is not judged."""
    rows = [
        compare(
            f"{case.name}, CPU µs, to {WORDS[other]}",
            [
                (ours.cpu_us, theirs.cpu_us)
                for ours, theirs in zip(found["checked"], found[other], strict=True)
            ],
            at_most=at_most,
        )
        for other, at_most in (("unchecked", case.at_most), ("plain", None))
    ]
    pages = [(ours.faults, 1.0) for ours in found["checked"]]
    return [*rows, compare(f"{case.name}, new pages of memory, to one for each answer", pages)]


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure cached answers with and without the check; raise RuntimeError on a wrong answer."""
    files = {(case.kind, case.rest): os.urandom(case.file_bytes) for case in CASES}
    rows = []
    with standing(files) as stand:
        warm(stand, files=files)
        put_first(0)
        for case in CASES:
            rows += rows_of(case, measure(stand, case=case, repeats=48 if full else 16))
    return rows
