"""The embedded Redis: broker, cache and channel layer."""

import socket
from pathlib import Path
from urllib.parse import quote

from dam.stack import files
from dam.stack.keys import StackKeys
from dam.stack.layout import Layout
from dam.stack.servers import binaries
from dam.stack.servers.service import CHECK_TIMEOUT_S, LOOPBACK, Listening, base_environment
from dam.stack.supervising.processes import Command

#: The log-in, the write and the farewell.
ALL_TAKEN = 3


class Redis(Listening):
    """Redis on loopback with a password; it keeps what it was given across restarts."""

    name = "redis"

    def __init__(self, layout: Layout, *, keys: StackKeys) -> None:
        super().__init__(layout)
        self.keys = keys

    @property
    def port(self) -> int:
        return self.layout.ports.redis

    @property
    def directory(self) -> Path:
        return self.layout.service_dir("redis")

    @property
    def configuration(self) -> Path:
        return self.directory / "redis.conf"

    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": f"redis://:{quote(self.keys.redis, safe='')}@{LOOPBACK}:{self.port}"}

    def prepare(self) -> None:
        self.directory.mkdir(mode=0o700, exist_ok=True)
        # The password stands in a private file, not in the arguments that every local user can read.
        lines = [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            "protected-mode yes",
            f"requirepass {self.keys.redis}",
            f'dir "{self.directory}"',
            "daemonize no",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            # A broker that evicts loses work silently; refusing writes is loud.
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            "tcp-backlog 128",
        ]
        files.write_atomically(self.configuration, "\n".join(lines) + "\n")

    def command(self) -> Command:
        return Command(
            argv=(str(binaries.redis_server()), str(self.configuration)),
            cwd=self.directory,
            env=base_environment(),
        )

    def is_ready(self) -> bool:
        """Log in and write over a bare socket; one that still loads its log, or has no room, answers with an error."""
        return self._reply().count(b"+OK") == ALL_TAKEN

    def answers(self) -> bool:
        return self._reply() != b""

    def _reply(self) -> bytes:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=CHECK_TIMEOUT_S) as link:
                link.sendall(f"AUTH {self.keys.redis}\r\nSET dam.ready 1 PX 1000\r\nQUIT\r\n".encode())
                answer = b""
                while chunk := link.recv(256):
                    answer += chunk
        except OSError:
            return b""
        return answer
