"""Speaking HTTP to a whole stack, byte for byte where a client library would tidy up."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPResponse
from typing import Any

from tests.stack.running import Stack


@dataclass
class Reply:
    """Status, headers (every occurrence, names in lower case) and body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header that may occur once."""
        found = [value for key, value in self.headers if key == name.lower()]
        assert len(found) <= 1, (name, found)
        return found[0] if found else None

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_problem(self) -> bool:
        return (
            self.header("Content-Type") == "application/problem+json" and self.json["status"] == self.status
        )


@dataclass(frozen=True)
class Platform:
    stack: Stack

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.stack.port}"

    @cached_property
    def credentials(self) -> dict[str, str]:
        told: dict[str, str] = json.loads((self.stack.data_dir / "credentials.json").read_text("utf-8"))
        return told

    @cached_property
    def token(self) -> str:
        return self.stack.dam("token", "--email", self.credentials["email"]).stdout.strip()

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def raw(self, request: bytes, *, source: str = "127.0.0.1", timeout_s: float = 20) -> Reply:
        """Send bytes and read one answer."""
        place = ("127.0.0.1", self.stack.port)
        with socket.create_connection(place, timeout=timeout_s, source_address=(source, 0)) as connection:
            connection.sendall(request)
            answer = HTTPResponse(connection, method=request.split(b" ", 1)[0].decode("latin-1"))
            answer.begin()
            headers = [(name.lower(), value) for name, value in answer.getheaders()]
            return Reply(answer.status, headers, answer.read())

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> Reply:
        """Send one request with a JSON body, or bytes as they are."""
        given = {"Host": f"127.0.0.1:{self.stack.port}", "Connection": "close"} | (headers or {})
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if data and "Transfer-Encoding" not in given:
            given.setdefault("Content-Type", "application/json")
            given.setdefault("Content-Length", str(len(data)))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        return self.raw("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data, source=source)
