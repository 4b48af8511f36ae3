"""How much a tool may use: plain data."""

from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """What one tool may use: address space and largest file in bytes, CPU and wall time in seconds.

    `memory_bytes` None leaves the address space open, for tools that reserve it by the terabyte (CUDA). With
    `processes` at 1 a tool may start threads and no other process. `devices` it may open beside the usual ones;
    in `sockets` it may make sockets, which nothing can reach that was not started with it.
    """

    memory_bytes: int | None = 4 * GIB
    file_bytes: int = 256 * MIB
    cpu_s: int = 600
    wall_s: float = 120.0
    open_files: int = 256
    processes: int = 1
    devices: tuple[Path, ...] = ()
    sockets: tuple[Path, ...] = ()


def encode_limits(duration_s: float, *, kilobits: int) -> Limits:
    """Bound an encode of so many seconds: generous in time for slow machines, and in bytes for twice the caps."""
    return Limits(
        memory_bytes=16 * GIB,
        file_bytes=GIB + int(duration_s * kilobits * 250),
        cpu_s=int(3600 + 600 * duration_s),
        wall_s=1800 + 240 * duration_s,
        open_files=512,
    )
