"""`up --demo`: send a clip through the public HTTP interface, as any client would."""

import hashlib
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from dam.stack import files
from dam.stack.commands import clip, console, people
from dam.stack.errors import StackError
from dam.stack.layout import Layout
from dam.stack.servers import binaries
from dam.stack.supervising.state import read_state

POLL_S = 0.4
JOB_TIMEOUT_S = 300.0
JOB_ENDINGS = frozenset({"succeeded", "failed", "cancelled"})
PREVIEW_ENDINGS = frozenset({"ready", "failed"})


class Api:
    """The platform's HTTP interface with one token."""

    def __init__(self, base_url: str, *, token: str) -> None:
        self.base_url = base_url
        self.token = token
        # Loopback needs no proxy, whatever the environment says.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send one request and answer its JSON.

        Raises:
            StackError: with the problem that the API named.
        """
        request = urllib.request.Request(  # noqa: S310  the address is this stack's own
            f"{self.base_url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")[:600]
            raise StackError(f"{method} {path} answered {error.code}: {said}") from error
        except OSError as error:
            raise StackError(f"{method} {path}: {error}") from error
        value: dict[str, Any] = json.loads(text) if text else {}
        return value

    def put_part(self, url: str, *, data: bytes) -> str:
        """Send one part to the store and answer its ETag."""
        request = urllib.request.Request(url, method="PUT", data=data)  # noqa: S310  presigned by the API
        request.add_header("Content-Type", "application/octet-stream")
        try:
            with self._opener.open(request, timeout=120) as answer:
                return str(answer.headers["ETag"]).strip('"')
        except OSError as error:
            raise StackError(f"the store refused a part: {error}") from error


class Steps:
    """One line of progress per step: a bar on a terminal, a sentence elsewhere."""

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars
        self._task: TaskID | None = None
        self._words = ""

    def begin(self, words: str) -> None:
        self.end()
        self._words = words
        if self._bars is None:
            console.say(f"{words} …")
        else:
            self._task = self._bars.add_task(words, total=1.0)

    def advance(self, fraction: float) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=min(fraction, 1.0))

    def end(self) -> None:
        self.advance(1.0)


@dataclass(frozen=True)
class DemoLinks:
    portal: str
    asset: str
    share: str


def run(layout: Layout) -> DemoLinks:
    """Make the clip, send it, wait for its previews, share it, and print the links."""
    state = read_state(layout.state_file)
    credentials = files.read_json(layout.credentials_file)
    if state is None or credentials is None:
        raise StackError("the stack has no first admin yet")
    token = people.answer_of(layout.data_dir, ["token", "--email", credentials["email"], "--name", "demo"])
    api = Api(state.portal_url, token=token.strip())
    if console.is_terminal():
        columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console.out) as bars:
            links = _send(api, layout=layout, project=credentials["project"], steps=Steps(bars))
    else:
        links = _send(api, layout=layout, project=credentials["project"], steps=Steps(None))
    console.say(f"\nPortal     {links.portal}\nAsset      {links.asset}\nShare      {links.share}\n")
    return links


def _send(api: Api, *, layout: Layout, project: str, steps: Steps) -> DemoLinks:
    path = layout.scratch / "demo.mp4"
    steps.begin("making a clip")
    clip.make_clip(path, ffmpeg=binaries.ffmpeg())
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        staging_key = _upload(api, path=path, project=project, digest=digest, steps=steps)
    finally:
        path.unlink(missing_ok=True)
    steps.begin("locking the master")
    body = {"staging_key": staging_key, "mapping": {"project": project, "title": "Demo"}, "sha256": digest}
    job = _wait_for_job(api, job=api.call("POST", "/api/promote", body), steps=steps)
    asset, version = job["result"]["asset"], job["result"]["version"]
    steps.begin("making the previews")
    _wait_for_preview(api, version=version, steps=steps)
    steps.begin("sharing")
    share = api.call("POST", "/api/shares", {"project": project, "assets": [asset], "allow_comments": True})
    steps.end()
    return DemoLinks(portal=api.base_url, asset=f"{api.base_url}/a/{asset}", share=share["url"])


def _upload(api: Api, *, path: Path, project: str, digest: str, steps: Steps) -> str:
    """Send the clip in parts as the API cuts them; answer its staging key."""
    steps.begin("uploading")
    size = path.stat().st_size
    body = {"project": project, "name": path.name, "size": size, "type": "video/mp4", "sha256": digest}
    opened = api.call("POST", "/api/presign", body)
    upload, sent, parts = opened["upload"], 0, []
    with path.open("rb") as stream:
        for part in opened["parts"]:
            etag = api.put_part(part["url"], data=stream.read(part["size"]))
            parts.append({"number": part["number"], "etag": etag})
            sent += part["size"]
            steps.advance(sent / size)
    api.call("POST", f"/api/uploads/{upload['id']}/complete", {"parts": parts})
    return str(upload["staging_key"])


def _wait_for_job(api: Api, *, job: dict[str, Any], steps: Steps) -> dict[str, Any]:
    deadline = time.monotonic() + JOB_TIMEOUT_S
    while job["state"] not in JOB_ENDINGS:
        if time.monotonic() > deadline:
            raise StackError(f"the {job['kind']} job is still {job['state']} after {JOB_TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)
        job = api.call("GET", f"/api/jobs/{job['id']}")
        steps.advance(job.get("progress") or 0.0)
    if job["state"] != "succeeded":
        raise StackError(f"the {job['kind']} job {job['state']}: {job.get('error')}")
    return job


def _wait_for_preview(api: Api, *, version: str, steps: Steps) -> None:
    deadline = time.monotonic() + JOB_TIMEOUT_S
    while True:
        playback = api.call("GET", f"/api/versions/{version}/playback")
        if playback["state"] in PREVIEW_ENDINGS:
            break
        if time.monotonic() > deadline:
            raise StackError(f"the preview is still {playback['state']} after {JOB_TIMEOUT_S:.0f} s")
        steps.advance(_preview_progress(api, version=version))
        time.sleep(POLL_S)
    if playback["state"] == "failed":
        raise StackError(f"the preview failed: {playback['reason']}")


def _preview_progress(api: Api, *, version: str) -> float:
    """Answer how far the version's running jobs are, from 0 to 1."""
    jobs = api.call("GET", "/api/jobs?state=running")["results"]
    mine = [job.get("progress") or 0.0 for job in jobs if job.get("version") == version]
    return min(mine) if mine else 0.0
