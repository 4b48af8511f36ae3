"""Load for an edge that is measured: a number of answers on a few connections, their payload thrown away unread.

A viewer's machine is elsewhere: what an edge sends leaves by the network card, and nobody copies it beside the workers.
So the payload is dropped in the kernel (MSG_TRUNC). A client that copies it takes longer for a megabyte than the edge
does: the worker then sleeps between two answers, and what is measured is who else used its processor meanwhile.
"""

import random
import selectors
import socket
from dataclasses import dataclass, field

from dam.stack.servers.service import LOOPBACK

READ_BYTES = 4 * 1024**2
HEAD_BYTES = 2048
SILENT_S = 30


@dataclass(frozen=True)
class Asking:
    """What to ask: a path, on so many connections, with a random range of so many bytes where one is given."""

    path: str
    connections: int
    file_bytes: int
    range_bytes: int = 0

    @property
    def status(self) -> int:
        return 206 if self.range_bytes else 200

    @property
    def answer_bytes(self) -> int:
        return self.range_bytes or self.file_bytes


@dataclass
class Load:
    """What came of it: how many answers, and how many of them were not right."""

    requests: int = 0
    wrong: int = 0


@dataclass
class _Viewer:
    """One connection: asks, throws the answer away, asks again."""

    asking: Asking
    connection: socket.socket
    random: random.Random
    head: bytes = b""
    missing: int = 0
    wrong: bool = False
    sink: bytearray = field(default_factory=lambda: bytearray(READ_BYTES))

    def ask(self) -> None:
        asking = self.asking
        part = ""
        if asking.range_bytes:
            start = self.random.randrange(asking.file_bytes - asking.range_bytes)
            part = f"Range: bytes={start}-{start + asking.range_bytes - 1}\r\n"
        self.head, self.missing, self.wrong = b"", 0, False
        self.connection.sendall(
            f"GET {asking.path} HTTP/1.1\r\nHost: {LOOPBACK}\r\n{part}\r\n".encode("ascii")
        )

    def read(self) -> bool:
        """Take what has come; tell whether the answer is complete."""
        if self.missing:
            self.missing -= self._drop()
            return not self.missing
        self.head += self.connection.recv(HEAD_BYTES)
        head, end, body = self.head.partition(b"\r\n\r\n")
        if not end:
            return False
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        self.wrong = not (
            head.startswith(b"HTTP/1.1 %d " % self.asking.status) and length == self.asking.answer_bytes
        )
        self.missing = length - len(body)
        return not self.missing

    def _drop(self) -> int:
        dropped = self.connection.recv_into(
            self.sink, min(self.missing, READ_BYTES), socket.MSG_TRUNC | socket.MSG_DONTWAIT
        )
        if not dropped:
            raise ConnectionError("an answer ended early")
        return dropped


def ask(port: int, *, asking: Asking, answers: int) -> Load:
    """Ask a server for one file until so many answers have come.

    Raises:
        ConnectionError: an answer was cut off.
        TimeoutError: the server was silent for half a minute.
    """
    done = Load()
    viewers = [
        _Viewer(asking, socket.create_connection((LOOPBACK, port), timeout=SILENT_S), random.Random(number))  # noqa: S311  places in a file, no secrets
        for number in range(asking.connections)
    ]
    asked = 0
    with selectors.DefaultSelector() as selector:
        for viewer in viewers:
            selector.register(viewer.connection, selectors.EVENT_READ, viewer)
            viewer.ask()
            asked += 1
        while done.requests < asked:
            ready = selector.select(SILENT_S)
            if not ready:
                raise TimeoutError("the server is silent")
            for key, _ in ready:
                viewer = key.data
                if viewer.read():
                    done.requests += 1
                    done.wrong += viewer.wrong
                    if asked < answers:
                        viewer.ask()
                        asked += 1
    for viewer in viewers:
        viewer.connection.close()
    return done
