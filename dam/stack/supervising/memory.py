"""How much memory is left here: the machine's, or the container's where that is less."""

from contextlib import suppress
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def available_bytes() -> int | None:
    """Answer the bytes that may still be taken, None where the kernel does not tell."""
    left = [bytes_left for bytes_left in (_of_machine(), _of_container()) if bytes_left is not None]
    return min(left) if left else None


def _of_machine() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _of_container() -> int | None:
    """Answer what a limit of ours (cgroup v2) leaves; memory of files counts as free, the kernel takes it back."""
    with suppress(OSError, ValueError):
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        told = dict(
            line.split() for line in (_CGROUP / "memory.stat").read_text(encoding="ascii").splitlines()
        )
        return limit - used + int(told.get("file", 0))
    return None
