"""A mail server on a real socket that keeps what it is given; one address it refuses, and one for now."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

NOBODY, LATER = "nobody@refused.test", "later@refused.test"
REFUSED = {NOBODY.encode(): "550 no such person", LATER.encode(): "450 come back in a while"}


class PostOffice(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.letters: list[EmailMessage] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Counter(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 here")
        for line in iter(self.rfile.readline, b""):
            word = line.split(b" ")[0].strip().upper()
            if word == b"DATA":
                self._say("354 go on")
                self._keep()
            refusal = next(
                (words for each, words in REFUSED.items() if word == b"RCPT" and each in line), None
            )
            self._say("221 bye" if word == b"QUIT" else refusal or "250 ok")

    def _keep(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        letter = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(self.server, PostOffice)
        assert isinstance(letter, EmailMessage)
        self.server.letters.append(letter)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Keep a mail server open."""
    with PostOffice() as office:
        threading.Thread(target=office.serve_forever, daemon=True).start()
        yield office
        office.shutdown()
