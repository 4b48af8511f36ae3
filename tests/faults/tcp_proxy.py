"""A TCP proxy before a real server that does to connections what networks do on bad days."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

#: `silent` takes connections and whatever is sent, and passes nothing on; `reset` ends all with an RST.
Mood = Literal["good", "silent", "slow", "reset"]
_PIECE, _SLOW_PIECE, _SLOW_REST_S, _TURN_S = 65_536, 16, 0.05, 0.05
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class TcpProxy:
    """Listens on a port of its own and passes on, as its mood allows; `answer_bytes` are let through before it turns."""

    def __init__(self, port: int) -> None:
        self._upstream = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.mood: Mood = "good"
        self._has_ended = threading.Event()
        self._left: int | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def turn(self, mood: Mood, *, after_bytes: int | None = None) -> None:
        """Change the mood, at once or after so many further bytes of answers."""
        if after_bytes is None:
            self.mood, self._left = mood, None
        else:
            self._next, self._left = mood, after_bytes

    @contextmanager
    def in_mood(self, mood: Mood, *, after_bytes: int | None = None) -> Iterator[None]:
        """Be so for a block."""
        self.turn(mood, after_bytes=after_bytes)
        try:
            yield
        finally:
            self.turn("good")

    def close(self) -> None:
        self._has_ended.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._has_ended.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            while self.mood == "silent" and not self._has_ended.wait(_TURN_S):
                pass
            try:
                with socket.create_connection(self._upstream) as server:
                    while not self._has_ended.is_set() and self._pass_on(client, server):
                        pass
            except OSError:
                return

    def _pass_on(self, client: socket.socket, server: socket.socket) -> bool:
        """Pass one piece on in either direction; tell whether there may be more."""
        if self.mood == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            return False
        if self.mood == "silent":
            return not self._has_ended.wait(_TURN_S)
        for each in select.select([client, server], [], [], _TURN_S)[0]:
            piece = each.recv(_SLOW_PIECE if self.mood == "slow" else _PIECE)
            if not piece:
                return False
            if each is server:
                piece = self._counted(piece)
            (client if each is server else server).sendall(piece)
        return self.mood != "slow" or not self._has_ended.wait(_SLOW_REST_S)

    def _counted(self, piece: bytes) -> bytes:
        """Return what is let through of an answer, and turn where the rest is not."""
        if self._left is None:
            return piece
        let_through, self._left = piece[: self._left], self._left - len(piece)
        if self._left <= 0:
            self.turn(self._next)
        return let_through
