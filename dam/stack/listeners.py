"""Who listens on which port of this machine, as far as the kernel tells us."""

import errno
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from dam.stack.errors import PortTaken
from dam.stack.servers.service import LOOPBACK, Service

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENING = "0A"


def refusal_of(port: int) -> int | None:
    """Answer why a loopback port cannot be listened on now (an `errno`), None when it can."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return error.errno or errno.EADDRINUSE
    return None


def owner_of(port: int) -> str:
    """Say which program listens on a port; an empty text where another user's is not shown to us."""
    inodes = _inodes_of(port)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if any(str(handle.readlink()) in inodes for handle in (entry / "fd").iterdir()):
                    return f"{(entry / 'comm').read_text(encoding='utf-8').strip()}, process {entry.name}"
    return ""


def _inodes_of(port: int) -> set[str]:
    found = set()
    for table in _TABLES:
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return found


def require_free_ports(services: Sequence[Service]) -> None:
    """Look at every listener before anything starts.

    Raises:
        PortTaken: naming the ports, who has them where that is known, and what to do.
    """
    refused = {
        port: (service.name, reason)
        for service in services
        for port in service.listeners
        if (reason := refusal_of(port)) is not None
    }
    if not refused:
        return
    if all(reason == errno.EACCES for _, reason in refused.values()):
        raise PortTaken(
            f"Ports below {max(refused) + 1} need root here. Choose another --port, 1024 or higher."
        )
    listed = "; ".join(f"{port} (for {name}){_by(port)}" for port, (name, _) in refused.items())
    raise PortTaken(
        f"Something already listens on {LOOPBACK}: {listed}. Choose another --port, or stop that program."
    )


def _by(port: int) -> str:
    owner = owner_of(port)
    return f" by {owner}" if owner else ""
