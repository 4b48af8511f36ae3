"""A day's work in a second, through every service: what has to go again after one of them was killed."""

import hashlib
import io
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from PIL import Image
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.sync.connection import Connection

REQUEST_TIMEOUT_S = 5.0
STEP_TIMEOUT_S = 12.0
POLL_S = 0.1


class NotYet(Exception):
    """A step of the work did not succeed; the text says which and why."""


@dataclass(frozen=True)
class Platform:
    """A running stack and somebody who may upload there."""

    portal_url: str
    token: str
    project: str

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send one request and answer its JSON.

        Raises:
            NotYet: when there is no good answer in time.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        value: dict[str, Any] = json.loads(
            send(f"{self.portal_url}{path}", method=method, data=data, headers=headers) or b"{}"
        )
        return value

    def work(self) -> None:
        """Send a new picture, promote it, hear of it on a socket, wait for its preview, fetch that by the edge.

        Raises:
            NotYet: naming the step that failed.
        """
        picture = _picture()
        with self._listen() as socket:
            job = self._promote(picture)
            asset, version = job["result"]["asset"], job["result"]["version"]
            _wait_for_event(socket, asset=asset)
        playback = self._wait_for_preview(version)
        send(playback["poster"])

    def _listen(self) -> ClientConnection:
        address = f"ws{self.portal_url.removeprefix('http')}/ws/projects/{self.project}/"
        try:
            return connect(
                address,
                additional_headers={"Authorization": f"Bearer {self.token}"},
                open_timeout=REQUEST_TIMEOUT_S,
                proxy=None,
                close_timeout=0.2,
            )
        except (OSError, WebSocketException) as error:
            raise NotYet(f"socket: {error!r}") from error

    def _promote(self, picture: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(picture).hexdigest()
        opened = self.call(
            "POST",
            "/api/presign",
            {"project": self.project, "name": "picture.png", "size": len(picture), "type": "image/png"},
        )
        upload, part = opened["upload"], opened["parts"][0]
        etag = _put(part["url"], data=picture)
        self.call("POST", f"/api/uploads/{upload['id']}/complete", {"parts": [{"number": 1, "etag": etag}]})
        body = {
            "staging_key": upload["staging_key"],
            "mapping": {"project": self.project},
            "sha256": digest,
        }
        job = self.call("POST", "/api/promote", body)
        deadline = time.monotonic() + STEP_TIMEOUT_S
        while job["state"] in {"queued", "running"}:
            if time.monotonic() > deadline:
                raise NotYet(f"the promotion is still {job['state']}")
            time.sleep(POLL_S)
            job = self.call("GET", f"/api/jobs/{job['id']}")
        if job["state"] != "succeeded":
            raise NotYet(f"the promotion {job['state']}: {job['error']}")
        return job

    def _wait_for_preview(self, version: str) -> dict[str, Any]:
        deadline = time.monotonic() + STEP_TIMEOUT_S
        while True:
            playback = self.call("GET", f"/api/versions/{version}/playback")
            if playback["state"] == "ready":
                return playback
            if time.monotonic() > deadline or playback["state"] == "failed":
                raise NotYet(f"the preview is {playback['state']}: {playback['reason']}")
            time.sleep(POLL_S)


def send(
    url: str, *, method: str = "GET", data: bytes | None = None, headers: dict[str, str] | None = None
) -> bytes:
    """Send a request past every proxy and answer the body.

    Raises:
        NotYet: when there is no good answer in time.
    """
    request = urllib.request.Request(url, method=method, data=data, headers=headers or {})  # noqa: S310  our own
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=REQUEST_TIMEOUT_S) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as error:
        raise NotYet(f"{method} {url}: {error.code} {error.read()[:200]!r}") from error
    except OSError as error:
        raise NotYet(f"{method} {url}: {error!r}") from error


def _put(url: str, *, data: bytes) -> str:
    request = urllib.request.Request(url, method="PUT", data=data)  # noqa: S310  presigned by the API
    request.add_header("Content-Type", "application/octet-stream")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=REQUEST_TIMEOUT_S) as answer:
            return str(answer.headers["ETag"]).strip('"')
    except OSError as error:
        raise NotYet(f"PUT: {error!r}") from error


def _picture() -> bytes:
    """Answer a small picture that nobody has sent before."""
    image = Image.frombytes("RGB", (16, 16), secrets.token_bytes(16 * 16 * 3)).resize((160, 96))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _wait_for_event(socket: Connection, *, asset: str) -> None:
    deadline = time.monotonic() + STEP_TIMEOUT_S
    try:
        while True:
            told = json.loads(socket.recv(timeout=max(0.1, deadline - time.monotonic())))
            if told["type"] == "asset.created" and asset in json.dumps(told["data"]):
                return
    except (OSError, TimeoutError, WebSocketException) as error:
        raise NotYet(f"the socket did not tell of the asset: {error!r}") from error


@dataclass(frozen=True)
class Healing:
    """How a stack came back: seconds until a whole work went, seconds until the last refused request."""

    work_s: float
    last_refusal_s: float
    tries: tuple[str, ...]


class Visitor:
    """Asks for something simple all the time, and notes when it was last refused."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.refused_at = 0.0

    def _run(self) -> None:
        while not self._ended.wait(0.05):
            try:
                self._platform.call("GET", "/api/me")
            except NotYet:
                self.refused_at = time.monotonic()

    def __enter__(self) -> "Visitor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def heal(platform: Platform, *, began: float, give_up_s: float = 60.0) -> Healing:
    """Try to work until it goes, from the moment of the fault on.

    Raises:
        NotYet: with the last failure, when it does not go in time.
    """
    tries: list[str] = []
    with Visitor(platform) as visitor:
        while True:
            try:
                platform.work()
            except NotYet as error:
                tries.append(str(error)[:200])
                if time.monotonic() - began > give_up_s:
                    raise
                time.sleep(POLL_S)
                continue
            done = time.monotonic() - began
            return Healing(done, max(0.0, visitor.refused_at - began), tuple(tries))
