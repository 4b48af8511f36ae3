"""A day on the platform, with every secret of it written down, and everything that was answered."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from websockets.sync.client import connect

from dam.stack.servers import binaries
from tests.manners.platform import Platform, Reply

_MEDIA = ("ffmpeg", "ffprobe", "probe_child", "stills_child", "frames_child")


def canary(word: str) -> str:
    return f"canary-{word}-{secrets.token_hex(8)}"


@dataclass
class Journey:
    """`secrets` by name, `answers` by label in the order they came; `environments` of media children."""

    platform: Platform
    secrets: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    environments: dict[str, bytes] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def ask(self, label: str, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Ask, and write the answer down."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = self.platform.ask(method, path, body, headers=given)
        told = "\n".join(f"{name}: {value}" for name, value in reply.headers)
        self.answers.append((label, told.encode() + b"\n" + reply.body))
        return reply

    # --- the chapters -----------------------------------------------------------------------------

    def run(self) -> None:
        """Live through the day."""
        self._own_secrets()
        self._account()
        with _Watch(self):
            self._upload()
        self._share()
        self._errors()
        self._crashes()

    def _own_secrets(self) -> None:
        data = self.platform.stack.data_dir
        stored = json.loads((data / "secrets.json").read_text("utf-8"))
        for name, value in stored.items():
            pairs = (
                {f"s3-{key}": pair["secret"] for key, pair in value.items()}
                if name == "s3"
                else {name: value}
            )
            self.secrets |= {key: str(each) for key, each in pairs.items()}
        self.secrets["jwt_private_key"] = stored["jwt_private_key"].splitlines()[3]
        self.secrets["admin-password"] = self.platform.credentials["password"]
        self.secrets["api-token"] = self.platform.token

    def _account(self) -> None:
        email = f"{secrets.token_hex(4)}@example.test"
        password = self.secrets["password"] = canary("password")
        wrong = self.secrets["wrong-password"] = canary("wrong")
        app = "/_allauth/app/v1"
        self.ask("sign-up", "POST", f"{app}/auth/signup", {"email": email, "password": password})
        key = self.secrets["verification-key"] = unquote(self._mail("/verify-email/"))
        self.ask("verify", "POST", f"{app}/auth/email/verify", {"key": key})
        self.ask("wrong log-in", "POST", f"{app}/auth/login", {"email": email, "password": wrong})
        reply = self.ask("app log-in", "POST", f"{app}/auth/login", {"email": email, "password": password})
        for name in ("session_token", "access_token", "refresh_token"):
            self.secrets[name] = reply.json["meta"][name]
        self.ask("me", "GET", "/api/me", Authorization=f"Bearer {self.secrets['access_token']}")
        self._browser(email, password)
        self.ask("reset", "POST", f"{app}/auth/password/request", {"email": email})
        self.secrets["reset-key"] = self._mail("/login/recover/")

    def _browser(self, email: str, password: str) -> None:
        browser, port = "/_allauth/browser/v1", self.platform.stack.port
        config = self.ask("config", "GET", f"{browser}/config")
        token = _cookie(config, f"dam_csrf_{port}")
        cookie = f"dam_csrf_{port}={token}"
        reply = self.ask(
            "browser log-in", "POST", f"{browser}/auth/login", {"email": email, "password": password},
            Cookie=cookie, X_CSRFToken=token,
        )  # fmt: skip
        session = self.secrets["session-cookie"] = _cookie(reply, f"dam_session_{port}")
        self.ask("me by cookie", "GET", "/api/me", Cookie=f"dam_session_{port}={session}")
        new = self.secrets["new-password"] = canary("new")
        token = _cookie(reply, f"dam_csrf_{port}")
        self.ask(
            "password change", "POST", f"{browser}/account/password/change",
            {"current_password": password, "new_password": new},
            Cookie=f"dam_csrf_{port}={token}; dam_session_{port}={session}", X_CSRFToken=token,
        )  # fmt: skip

    def _upload(self) -> None:
        clip = make_clip(self.platform.stack.data_dir.parent / "clip.mov")
        project, bearer = self.platform.credentials["project"], self.platform.bearer
        body = {"project": project, "name": "clip.mov", "size": len(clip), "type": "video/quicktime"}
        opened = self.ask("presign", "POST", "/api/presign", body, **bearer).json
        part = opened["parts"][0]["url"]
        self.secrets["presigned-part"] = part.rsplit("Signature=", 1)[1].split("&")[0]
        etag = _put(part, clip)
        upload = opened["upload"]
        parts = {"parts": [{"number": 1, "etag": etag}]}
        self.ask("complete", "POST", f"/api/uploads/{upload['id']}/complete", parts, **bearer)
        digest = hashlib.sha256(clip).hexdigest()
        body = {"staging_key": upload["staging_key"], "mapping": {"project": project}, "sha256": digest}
        job = self.ask("promote", "POST", "/api/promote", body, **bearer).json["id"]
        result = self._until(f"/api/jobs/{job}", lambda told: told["state"] == "succeeded")["result"]
        self.ids |= result
        path = f"/api/versions/{result['version']}/playback"
        self._until(path, lambda told: told["state"] == "ready")

    def _share(self) -> None:
        project, bearer, port = (
            self.platform.credentials["project"],
            self.platform.bearer,
            self.platform.stack.port,
        )
        password = self.secrets["share-password"] = canary("share")
        wrong = self.secrets["wrong-share-password"] = canary("wrong-share")
        terms = {"password": password, "allow_comments": True, "allow_download": True}
        body = {"project": project, "assets": [self.ids["asset"]]} | terms
        made = self.ask("share", "POST", "/api/shares", body, **bearer, Idempotency_Key="one").json
        token = self.secrets["share-token"] = made["token"]
        share = f"/api/s/{token}"
        self.ask("locked", "GET", share)
        self.ask("wrong unlock", "POST", f"{share}/unlock", {"password": wrong})
        unlocked = self.ask("unlock", "POST", f"{share}/unlock", {"password": password, "name": "Guest"}).json
        access = self.secrets["access-proof"] = unlocked["access"]
        version = f"{share}/versions/{self.ids['version']}"
        self.ask("guest comment", "POST", f"{version}/comments", {"body": "Nice."}, X_Share_Access=access)
        playback = self.ask("guest playback", "GET", f"{version}/playback", X_Share_Access=access).json
        self.secrets["edge-token"] = urlsplit(playback["hls"]).path.split("/")[2]
        _fetch(playback["hls"])
        _fetch(playback["hls"].replace("/hls/", "/mp4/", 1))
        self.ask("download", "GET", f"{version}/download", X_Share_Access=access)
        address = f"ws://127.0.0.1:{port}/ws/s/{token}/"
        with connect(address, additional_headers={"X-Share-Access": access}, proxy=None) as socket:
            self.ask(
                "comment", "POST", f"/api/versions/{self.ids['version']}/comments", {"body": "Yes."}, **bearer
            )
            self.answers.append(("socket", str(socket.recv(timeout=20)).encode()))

    def _errors(self) -> None:
        secret = self.secrets["stray"] = canary("stray")
        bearer = self.platform.bearer
        for path in (
            f"/api/me?token={secret}",
            f"/api/projects?password={secret}",
            f"/api/s/{secret}",
            f"/s/{secret}",
        ):
            self.ask("stray", "GET", path, Referer=f"http://127.0.0.1/s/{secret}")
        self.ask("stray", "POST", "/api/clients", {"name": "x", "password": secret}, **bearer)
        self.ask("stray", "POST", "/api/clients", f'{{"password":"{secret}"'.encode(), **bearer)
        self.ask("stray", "GET", "/api/me", Authorization=f"Bearer dam_{secret}")
        self.ask("stray", "GET", "/api/me", Authorization=f"Bearer {secret}", Cookie=f"x={secret}")
        self.ask("stray", "POST", "/_allauth/app/v1/auth/password/reset", {"key": secret, "password": secret})

    def _crashes(self) -> None:
        """Kill the API and the workers in the middle of things; the platform heals."""
        pids = self.platform.stack.pids()
        for name, pid in pids.items():
            if name == "api" or name.startswith("worker"):
                os.kill(pid, signal.SIGKILL)
        path = f"/api/s/{self.secrets['share-token']}/unlock"
        self.ask("while down", "POST", path, {"password": self.secrets["share-password"]})
        deadline = time.monotonic() + 60
        while self.platform.stack.status()["state"] != "ready":
            assert time.monotonic() < deadline

    # --- small things -----------------------------------------------------------------------------

    def _until(self, path: str, is_done: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + 120
        while True:
            told = self.ask("wait", "GET", path, **self.platform.bearer).json
            if is_done(told):
                return told
            assert told["state"] != "failed", told
            assert time.monotonic() < deadline, told
            time.sleep(0.2)

    def _mail(self, before: str) -> str:
        directory = self.platform.stack.data_dir / "mail"
        newest = max(directory.iterdir(), key=lambda each: each.stat().st_mtime_ns)
        text = message_from_bytes(newest.read_bytes(), policy=policy.default).get_content()
        return str(text.split(before)[1].split()[0])


class _Watch:
    """Read the environment of every media child that lives while the block runs."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self.supervisor = self.journey.platform.stack.supervisor
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.ends.wait(0.005):
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    self._read(entry)

    def _read(self, entry: Path) -> None:
        try:
            words = (entry / "cmdline").read_bytes()
            if any(each.encode() in words for each in _MEDIA) and self._is_ours(entry):
                told = words + (entry / "environ").read_bytes()
                self.journey.environments[words.decode(errors="replace")] = told
        except OSError:
            return

    def _is_ours(self, entry: Path) -> bool:
        """Follow the parents up to the supervisor."""
        while entry.name not in {"0", "1", str(self.supervisor)}:
            parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
            entry = Path("/proc", parent)
        return entry.name == str(self.supervisor)


def _cookie(reply: Reply, name: str) -> str:
    found = [value for key, value in reply.headers if key == "set-cookie" and value.startswith(f"{name}=")]
    return found[-1].split(";")[0].split("=", 1)[1]


def _put(url: str, data: bytes) -> str:
    request = urllib.request.Request(url, method="PUT", data=data)  # noqa: S310  this stack's own address
    request.add_header("Content-Type", "application/octet-stream")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return str(answer.headers["ETag"]).strip('"')


def _fetch(url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with suppress(urllib.error.HTTPError):
        opener.open(url, timeout=20).read()


def make_clip(path: Path) -> bytes:
    """Encode two seconds of a moving picture with a tone."""
    argv = [
        str(binaries.ffmpeg()),
        "-y",
        "-loglevel",
        "error",
        "-f",
        "lavfi",
        "-i",
        "testsrc=s=320x180:r=25:d=2",
    ]
    argv += ["-f", "lavfi", "-i", "sine=440:d=2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run([*argv, str(path)], check=True)
    return path.read_bytes()
