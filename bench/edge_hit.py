"""`edge-hit`: what the check of a signed address costs on a cached answer, in processor time per request."""

import os
from dataclasses import dataclass

from bench.edge_stand import Asking, Server, Stand, fetch, generator, load, standing
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
    range_bytes: int = 0


CASES = (
    Case("10 kB playlist", Kind.HLS, "v0/index.m3u8", 10 * KIB, 32, 3.6),
    Case("1 MB segment", Kind.HLS, "v0/00000.m4s", MIB, 16, 1.25),
    Case("1 MiB range of an MP4", Kind.MP4, "proxy.mp4", 64 * MIB, 16, 1.6, range_bytes=MIB),
)


def cpu_us(stand: Stand, server: Server, *, case: Case, seconds: int) -> float:
    """Return the processor time of the workers per answer, in microseconds."""
    asking = Asking(
        path=stand.path(server, kind=case.kind, rest=case.rest),
        connections=case.connections,
        file_bytes=case.file_bytes,
        range_bytes=case.range_bytes,
    )
    before = server.cpu_ns()
    done = load(server, asking=asking, seconds=seconds)
    spent = server.cpu_ns() - before
    if done.wrong or not done.requests:
        raise RuntimeError(f"{case.name}: {done.wrong} wrong answers of {done.requests}")
    return spent / done.requests / 1000


def measure(stand: Stand, *, case: Case, repeats: int, seconds: int) -> dict[str, list[float]]:
    """Measure the three servers in turn, beginning with another one each time."""
    servers = {"checked": stand.checked, "unchecked": stand.unchecked, "plain": stand.plain}
    names = list(servers)
    found: dict[str, list[float]] = {name: [] for name in names}
    for repeat in range(repeats):
        for name in names[repeat % 3 :] + names[: repeat % 3]:
            found[name].append(cpu_us(stand, servers[name], case=case, seconds=seconds))
    return found


def warm(stand: Stand, *, files: dict[tuple[Kind, str], bytes]) -> None:
    """Fetch every file once through both edges; a wrong answer fails the benchmark."""
    for (kind, rest), body in files.items():
        for server in (stand.checked, stand.unchecked, stand.plain):
            if fetch(server, stand.path(server, kind=kind, rest=rest)) != (200, body):
                raise RuntimeError(f"{rest} came back wrong from port {server.port}")


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Measure cached answers with and without the check; raise RuntimeError on a wrong answer."""
    repeats, seconds = (9, 4) if full else (7, 1)
    files = {(case.kind, case.rest): os.urandom(case.file_bytes) for case in CASES}
    rows = []
    with standing(files) as stand:
        warm(stand, files=files)
        for case in CASES:
            found = measure(stand, case=case, repeats=repeats, seconds=seconds)
            for other, at_most in (("unchecked", case.at_most), ("plain", None)):
                rows.append(
                    compare(
                        f"{case.name}, CPU µs, to {WORDS[other]} ({generator()})",
                        list(zip(found["checked"], found[other], strict=True)),
                        at_most=at_most,
                    )
                )
    return rows
