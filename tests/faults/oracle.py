"""A client that never gives up, and the judge of what it was promised: nothing lost, altered, stuck or left over."""

from __future__ import annotations

import hashlib
import http.client
import secrets
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.faults.rig import PATIENCE_S, Answer, Rig, Unreached

ALTERED = {
    "master-bytes",
    "master-size",
    "master-lock",
    "master-twice",
    "version-master",
    "manifest",
    "manifest-chain",
    "manifest-link",
    "asset-head",
    "reference",
    "quota",
}
LOST = {"master-head", "version-manifest", "not-recorded", "upload-version"}
BUSY = ("queued", "running")


@dataclass
class Outcome:
    """How often something was lost, altered or stuck; `notes` say what."""

    lost: int = 0
    altered: int = 0
    stuck: int = 0
    notes: list[str] = field(default_factory=list)

    def note(self, column: str, text: str) -> None:
        setattr(self, column, getattr(self, column) + 1)
        self.notes.append(f"{column}: {text}")


@dataclass(frozen=True)
class Delivery:
    """Bytes that the platform took over: `job` is the promotion's id."""

    sha256: str
    size: int
    job: str


def some_bytes(size: int = 2000) -> bytes:
    return secrets.token_bytes(size)


class Person:
    """An editor of a fresh organisation, whose every request is repeated until it is answered."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        known = rig.call("people")
        self.authorization = known["authorization"]
        self.project, self.organization = known["project"], known["organization"]
        self.repeats = 0

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """Send until there is an answer that is not the server's fault."""
        headers = {"Authorization": self.authorization} | ({"Idempotency-Key": key} if key else {})
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self.rig.send(method, path, body, headers=headers)
                if answer.status < 500:
                    return answer
                said = f"{answer.status} {answer.body}"
            except (OSError, http.client.HTTPException, ValueError) as error:
                said = repr(error)
            self.repeats += 1
            if time.monotonic() > deadline:
                raise Unreached(f"{method} {path} was never answered: {said}")
            time.sleep(0.1)

    def upload(self, body: bytes, *, name: str = "file.bin", keyed: bool = True) -> str:
        """Bring bytes to staging and complete them; returns the staging key."""
        wanted = {
            "project": self.project,
            "name": name,
            "size": len(body),
            "type": "application/octet-stream",
        }
        opened = self.ask("POST", "/api/presign", wanted, key=secrets.token_hex(8) if keyed else None)
        assert opened.status == 201, opened
        ledger = [
            {
                "number": part["number"],
                "etag": self._put(part["url"], body, part["number"], opened["upload"]["part_size"]),
            }
            for part in opened["parts"]
        ]
        done = self.ask("POST", f"/api/uploads/{opened['upload']['id']}/complete", {"parts": ledger})
        assert done.status == 200, done
        return str(done["staging_key"])

    def _put(self, url: str, body: bytes, number: int, size: int) -> str:
        request = urllib.request.Request(url, data=body[(number - 1) * size : number * size], method="PUT")  # noqa: S310 - the store's own address
        request.add_unredirected_header("Content-Type", "")
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                    return str(answer.headers["ETag"])
            except urllib.error.URLError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def promote(self, staging_key: str, body: bytes, *, keyed: bool = True) -> Delivery:
        sha256 = hashlib.sha256(body).hexdigest()
        wanted = {"staging_key": staging_key, "mapping": {"project": self.project}, "sha256": sha256}
        job = self.ask("POST", "/api/promote", wanted, key=secrets.token_hex(8) if keyed else None)
        assert job.status in {200, 202}, job
        return Delivery(sha256, len(body), job["id"])

    def deliver(self, body: bytes, *, name: str = "file.bin", keyed: bool = True) -> Delivery:
        return self.promote(self.upload(body, name=name, keyed=keyed), body, keyed=keyed)

    def job(self, identity: str) -> Answer:
        return self.ask("GET", f"/api/jobs/{identity}")

    def busy(self) -> list[Any]:
        # In one answer: between two of them a job may go from one state to the other, and stand in neither.
        jobs = self.ask("GET", f"/api/jobs?project={self.project}&limit=500")["results"]
        return [each for each in jobs if each["state"] in BUSY]


def judge(person: Person, deliveries: list[Delivery], *, patience_s: float = PATIENCE_S) -> Outcome:
    """Let everything come to rest, then look at all of it."""
    rig, outcome = person.rig, Outcome()
    _await_rest(person, outcome, patience_s=patience_s)
    rig.call("tidy")
    for each in deliveries:
        _judge_delivery(person, each, outcome)
    counted = rig.call("census", organization=person.organization)
    if counted["versions"] > len(deliveries):
        outcome.note("altered", f"{counted['versions']} versions of {len(deliveries)} deliveries")
    told = rig.call("verify", organization=person.organization)
    if told["checked"].get("masters", 0) < len({each.sha256 for each in deliveries}):
        outcome.note("lost", f"{told['checked']} of {len(deliveries)} deliveries")
    for found in told["findings"]:
        column = "altered" if found["check"] in ALTERED else "lost" if found["check"] in LOST else "stuck"
        outcome.note(column, f"{found['check']} {found['id']}: {found['detail']}")
    for words in rig.strangers():
        outcome.note("stuck", f"a process was left over: {words}")
    return outcome


def _await_rest(person: Person, outcome: Outcome, *, patience_s: float) -> None:
    rig = person.rig
    try:
        rig.until(lambda: not person.busy(), "every job has ended", patience_s=patience_s)
    except Unreached:
        for each in person.busy():
            outcome.note("stuck", f"job {each['kind']} {each['id']} is {each['state']}")
    try:
        rig.until(
            lambda: not rig.call("census", organization=person.organization)["messages"],
            "every message was delivered",
            patience_s=20,
        )
    except Unreached:
        # The check that follows names them.
        return


def _judge_delivery(person: Person, delivery: Delivery, outcome: Outcome) -> None:
    job = person.job(delivery.job)
    if job.status != 200 or job["state"] != "succeeded":
        outcome.note("lost", f"the promotion ended as {job.body}")
        return
    version = person.ask("GET", f"/api/versions/{job['result']['version']}")
    if version.status != 200:
        outcome.note("lost", f"version {job['result']['version']}: {version.status}")
    elif (version["sha256"], version["size"]) != (delivery.sha256, delivery.size):
        outcome.note("altered", f"version {job['result']['version']} is another one")
