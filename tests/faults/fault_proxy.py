"""An HTTP proxy before the real store that does to chosen requests what stores and networks do on bad days.

Requests are forwarded as the client signed them, Host included; those that a fault alters are signed anew with
the key pairs given. Bodies are held whole: tests send little.
"""

from __future__ import annotations

import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_HEAD_END = b"\r\n\r\n"
_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive"}
LOCK_HEADERS = ("x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date")
_UPSTREAM_TIMEOUT_S = 30


@dataclass(frozen=True)
class Request:
    """What the client sent; `target` is path and query as on the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def without(self, *names: str) -> Request:
        kept = {name: value for name, value in self.headers.items() if name.lower() not in names}
        return replace(self, headers=kept)


@dataclass(frozen=True)
class Reply:
    """What the client gets: all of it, its first `cut_after` bytes, at `pace` bytes a second, or nothing."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    cut_after: int | None = None
    pace: float | None = None
    hang_up: bool = False
    is_silent: bool = False

    def with_header(self, name: str, value: str | None) -> Reply:
        kept = {each: text for each, text in self.headers.items() if each.lower() != name.lower()}
        return replace(self, headers=kept if value is None else kept | {name: value})


@dataclass(frozen=True)
class Fault:
    """`instead` answers in the store's place, `alter` changes the request, `after` changes the answer."""

    name: str
    instead: Callable[[Request], Reply] | None = None
    alter: Callable[[Request], Request] | None = None
    after: Callable[[Reply], Reply] | None = None
    is_signed_anew: bool = True


# --- the faults --------------------------------------------------------------------------------------


def _xml_error(status: int, code: str) -> Reply:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>a bad day</Message></Error>".encode()
    return Reply(status, {"Content-Type": "application/xml"}, body)


def _flipped(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :] if body else body


SLOW_DOWN = Fault("503", instead=lambda _: _xml_error(503, "SlowDown"))
DENIED = Fault("403", instead=lambda _: _xml_error(403, "AccessDenied"))
NOT_IMPLEMENTED = Fault("501", instead=lambda _: _xml_error(501, "NotImplemented"))
INTERNAL_ERROR = Fault("500", instead=lambda _: _xml_error(500, "InternalError"))
ERROR_IN_200 = Fault("200 with an error", instead=lambda _: _xml_error(200, "InternalError"))
GARBAGE = Fault(
    "a page in place of XML", instead=lambda _: Reply(200, {}, b"<html><p>Sign in to the network")
)
SILENCE = Fault("nothing", instead=lambda _: Reply(0, {}, is_silent=True))
LOST_REPLY = Fault("lost reply", after=lambda reply: replace(reply, hang_up=True))
TRUNCATED = Fault("truncated", after=lambda reply: replace(reply, cut_after=len(reply.body) // 2))
FLIPPED = Fault("flipped bit", after=lambda reply: replace(reply, body=_flipped(reply.body)))
FLIPPED_REQUEST = Fault(
    "flipped bit on the way in",
    alter=lambda request: replace(request, body=_flipped(request.body)),
    is_signed_anew=False,
)
# A store that takes a lock and forgets it: says yes, does nothing.
SWALLOWED = Fault("swallowed", instead=lambda _: Reply(200, {}))
LOCK_DROPPED = Fault("lock headers ignored", alter=lambda request: request.without(*LOCK_HEADERS))
CONDITION_DROPPED = Fault("conditions ignored", alter=lambda request: request.without("if-none-match"))
NO_VERSION_ID = Fault("no VersionId", after=lambda reply: reply.with_header("x-amz-version-id", None))
WRONG_VERSION_ID = Fault(
    "wrong VersionId", after=lambda reply: reply.with_header("x-amz-version-id", "0" * 32)
)
PLAIN_ETAGS = Fault(
    "ETags without quotes",
    after=lambda reply: replace(
        reply.with_header("ETag", _header(reply, "ETag").strip('"') or None),
        body=reply.body.replace(b"&#34;", b"").replace(b"&quot;", b""),
    ),
)
LOCK_HIDDEN = Fault(
    "no lock shown",
    after=lambda reply: reply.with_header(LOCK_HEADERS[0], None).with_header(LOCK_HEADERS[1], None),
)
SMALL_PAGES = Fault(
    "pages of one", alter=lambda request: replace(request, target=f"{request.target}&max-parts=1")
)


def lock_until(date: str) -> Fault:
    """A HEAD that tells another retention date than the store's."""
    return Fault("another date", after=lambda reply: reply.with_header(LOCK_HEADERS[1], date))


def trickle(bytes_per_s: float) -> Fault:
    """An answer that comes, but hardly."""
    return Fault("trickle", after=lambda reply: replace(reply, pace=bytes_per_s))


def _header(reply: Reply, name: str) -> str:
    return next((text for each, text in reply.headers.items() if each.lower() == name.lower()), "")


# --- which requests ----------------------------------------------------------------------------------


@dataclass
class Rule:
    """From the `nth` request that matches, `times` of them meet the fault; `hits` counts those that did."""

    method: str
    pattern: str
    fault: Fault
    nth: int = 1
    times: int = 1
    matched: int = 0
    hits: int = 0

    def takes(self, request: Request) -> bool:
        if request.method != self.method or not re.search(self.pattern, request.target):
            return False
        self.matched += 1
        taken = self.nth <= self.matched < self.nth + self.times
        self.hits += taken
        return taken


FOR_EVER = 1_000_000


@dataclass
class FaultProxy:
    """A listening proxy; `keys` are the secrets by key id that altered requests are signed with."""

    upstream: str
    keys: Mapping[str, str]
    rules: list[Rule] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, name="fault-proxy")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def add(self, method: str, pattern: str, fault: Fault, *, nth: int = 1, times: int = 1) -> Rule:
        rule = Rule(method, pattern, fault, nth, times)
        with self._lock:
            self.rules.append(rule)
        return rule

    def mend(self) -> None:
        """Let everything through from now on."""
        with self._lock:
            self.rules.clear()

    def close(self) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        served: list[threading.Thread] = []
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            served.append(threading.Thread(target=self._serve, args=(connection,)))
            served[-1].start()
        for each in served:
            each.join()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while (request := self._receive(connection)) is not None:
                    if not self._deliver(connection, request, self._answer(request)):
                        return
            except (OSError, HTTPException):
                return

    def _receive(self, connection: socket.socket) -> Request | None:
        data = b""
        while _HEAD_END not in data:
            chunk = self._recv(connection)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(_HEAD_END)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name: text.strip() for name, _, text in (line.partition(":") for line in lines)}
        lowered = {name.lower(): text for name, text in headers.items()}
        if lowered.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(body) < int(lowered.get("content-length", 0)):
            body += self._recv(connection) or b""
        return Request(method, target, headers, body).without("expect", "connection")

    def _recv(self, connection: socket.socket) -> bytes:
        """Read what comes; nothing more once the proxy closes."""
        while not self._closing.is_set():
            if select.select([connection], [], [], 0.05)[0]:
                return connection.recv(1 << 18)
        return b""

    def _answer(self, request: Request) -> Reply:
        with self._lock:
            self.seen.append(request)
            faults = [rule.fault for rule in self.rules if rule.takes(request)]
        for fault in faults:
            if fault.instead:
                return fault.instead(request)
            if fault.alter:
                request = fault.alter(request)
                request = signed_anew(request, keys=self.keys) if fault.is_signed_anew else request
        reply = forwarded(request, upstream=self.upstream)
        for fault in faults:
            reply = fault.after(reply) if fault.after else reply
        return reply

    def _deliver(self, connection: socket.socket, request: Request, reply: Reply) -> bool:
        """Send the answer as far as it goes; False ends the connection."""
        if reply.is_silent:
            while self._recv(connection):
                continue
            return False
        if reply.hang_up:
            return False
        headers = dict(reply.headers)
        if request.method != "HEAD":
            headers["Content-Length"] = str(len(reply.body))
        lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        connection.sendall(f"HTTP/1.1 {reply.status} X\r\n{lines}\r\n".encode("latin-1"))
        body = b"" if request.method == "HEAD" else reply.body[: reply.cut_after]
        if reply.pace is None:
            connection.sendall(body)
        else:
            self._drip(connection, body, pace=reply.pace)
        return reply.cut_after is None

    def _drip(self, connection: socket.socket, body: bytes, *, pace: float) -> None:
        for begin in range(len(body)):
            if self._closing.wait(1 / pace):
                return
            connection.sendall(body[begin : begin + 1])


def forwarded(request: Request, *, upstream: str) -> Reply:
    """Send a request to the store as it is, and return the whole answer."""
    parts = urlsplit(upstream)
    lines = "".join(f"{name}: {text}\r\n" for name, text in request.headers.items())
    head = f"{request.method} {request.target} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"
    with socket.create_connection((str(parts.hostname), parts.port or 80), _UPSTREAM_TIMEOUT_S) as link:
        link.sendall(head.encode("latin-1") + request.body)
        answer = HTTPResponse(link, method=request.method)
        answer.begin()
        body = answer.read()
        headers = {name: text for name, text in answer.getheaders() if name.lower() not in _HOP_BY_HOP}
    return Reply(answer.status, headers, body)


def signed_anew(request: Request, *, keys: Mapping[str, str], key_id: str = "") -> Request:
    """Sign an altered request with the secret of the key that signed it, or of `key_id`."""
    stripped = request.without("authorization", "x-amz-date", "x-amz-security-token")
    given = request.headers.get("Authorization", "")
    key_id = key_id or given.partition("Credential=")[2].partition("/")[0]
    host = request.headers["Host"]
    unsigned = AWSRequest(
        method=request.method,
        url=f"http://{host}{request.target}",
        data=request.body,
        headers={name: text for name, text in stripped.headers.items() if name.lower() != "host"},
    )
    S3SigV4Auth(Credentials(key_id, keys[key_id]), "s3", "us-east-1").add_auth(unsigned)
    return replace(stripped, headers={"Host": host, **dict(unsigned.headers.items())})


@contextmanager
def fault_proxy(upstream: str, *, keys: Mapping[str, str]) -> Iterator[FaultProxy]:
    """Run a proxy for a block."""
    proxy = FaultProxy(upstream, keys)
    try:
        yield proxy
    finally:
        proxy.close()


def awaited(condition: Callable[[], bool], *, timeout_s: float = 10) -> bool:
    """Wait until a condition holds; tell whether it does."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
