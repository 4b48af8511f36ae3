"""Proving a store with throw-away objects below `doctor/`: locks, versions, signed lengths, and who may do what.

Rights to write are tried by opening a multipart upload and aborting it, so a probe that succeeds where it should
not leaves nothing behind. What is put into masters is locked for seconds and removed when its lock has ended.
"""

from __future__ import annotations

import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from dam.core.storage import multipart, objects, reading, writing
from dam.core.storage.clients import bucket, client, configuration
from dam.core.storage.failures import NotFound, Refused, StorageError, translated

PREFIX = "doctor"
RETENTION_S = 5
MOST_SKEW_S = 60
PART = b"proof"

# Who may read and write what: (identity, bucket); the rest is refused. The purger is proven by what it deletes.
READS = frozenset(
    {("promoter", "staging"), ("promoter", "masters"), ("promoter", "docs"), ("gpu-writer", "masters")}
    | {("gpu-writer", "previews"), ("edge-reader", "previews"), ("reader", "masters")}
)
WRITES = frozenset(
    {("uploader", "staging"), ("promoter", "masters"), ("promoter", "docs"), ("gpu-writer", "previews")}
    | {("backup-writer", "backups")}
)
MUST_NOT_READ = (
    *(
        ("uploader", "masters"),
        ("uploader", "staging"),
        ("gpu-writer", "staging"),
        ("edge-reader", "masters"),
    ),
    *(("edge-reader", "staging"), ("reader", "staging"), ("backup-writer", "masters")),
)
MUST_NOT_WRITE = (
    *(
        ("uploader", "masters"),
        ("uploader", "previews"),
        ("gpu-writer", "masters"),
        ("gpu-writer", "staging"),
    ),
    *(
        ("edge-reader", "previews"),
        ("edge-reader", "masters"),
        ("reader", "masters"),
        ("backup-writer", "masters"),
    ),
)
_REACH = "check S3_ENDPOINT_URL, S3_REGION and the keys, and whether the store runs (bin/dam status)"
_CORS = "that the store can be reached from here by it"
_NO_BYPASS = "take s3:BypassGovernanceRetention from every key of the platform"
_NOT_ENFORCED = "a Deny policy is not enforced by this store"
_DENY = (
    "where the store enforces bucket policies, deny DeleteObject, DeleteObjectVersion and "
    "PutLifecycleConfiguration on masters to all but the purger"
)
_UNKNOWN_CALL = frozenset({"MethodNotAllowed", "NotImplemented", "405", "501"})
_OTHER_STORE = "take a newer version of this store, or another: no right makes up for it"
_PURGER = "set S3_PURGER_KEY_ID and S3_PURGER_SECRET, or masters are never deleted for good"
OUTSIDERS = ("uploader", "gpu-writer", "edge-reader", "reader", "backup-writer")


@dataclass(frozen=True)
class Proof:
    """What was found: `ok` None is a warning where there is a remedy, else a note."""

    subject: str
    ok: bool | None
    detail: str
    remedy: str = ""


@dataclass
class Proving:
    """One round of probes under a key of its own; `ahead_s` is by how much the store's clock is ahead of ours."""

    key: str = field(default_factory=lambda: f"{PREFIX}/{secrets.token_hex(8)}")
    ahead_s: float = 0.0
    server: str = ""

    def run(self) -> Iterator[Proof]:
        """Yield every finding; the store is left as it was, but for what a lock still holds.

        Units: takes about `RETENTION_S` seconds, since a lock has to end.
        """
        try:
            yield from self._clock()
        except StorageError as error:
            yield _failed("storage", f"does not answer the promoter ({error.reason})", _REACH)
            return
        missing = list(self._missing())
        yield from missing
        if missing:
            return
        yield from self._signed_lengths()
        yield from self._rights()
        yield from self._locks()

    # --- reach --------------------------------------------------------------------------------------

    def _clock(self) -> Iterator[Proof]:
        begun = time.time()
        with translated("probe"):
            answer = client("promoter").list_objects_v2(Bucket=bucket("staging"), MaxKeys=1)
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        told, self.server = headers.get("date"), headers.get("server", "")
        yield Proof("storage", ok=True, detail=configuration().endpoint_url)
        if told:
            self.ahead_s = parsedate_to_datetime(told).timestamp() - (begun + time.time()) / 2
            is_near = abs(self.ahead_s) <= MOST_SKEW_S
            remedy = "set the clock (NTP): signatures and locks are judged by the store's"
            yield Proof("storage clock", is_near, f"{self.ahead_s:+.1f} s from ours", remedy)

    def _missing(self) -> Iterator[Proof]:
        for identity, name in (*sorted(READS), ("backup-writer", "backups")):
            try:
                reading.get_bytes(identity, name, self.key)
            except NotFound as error:
                if error.reason == "NoSuchBucket":
                    how = " with Object Lock" if name == "masters" else ""
                    yield _failed(
                        f"bucket {bucket(name)}", "is missing", f"make it{how}, or let bin/dam up do so"
                    )
            except StorageError:
                continue  # said with the rights

    # --- rights -------------------------------------------------------------------------------------

    def _signed_lengths(self) -> Iterator[Proof]:
        """Send a part by a signed address, whole and with one byte more, as a browser would."""
        try:
            upload_id = multipart.create_multipart("uploader", "staging", self.key)
        except StorageError as error:
            yield _failed("uploads", f"the uploader may not open one ({error.reason})", _grant("uploader"))
            return
        url = multipart.presign_part(
            "uploader", "staging", self.key, upload_id=upload_id, number=1, size=len(PART), expires_s=60
        )
        longer, exact = _put(url, PART + b"!"), _put(url, PART)
        listed = _answer(lambda: multipart.list_parts("promoter", "staging", self.key, upload_id=upload_id))
        _answer(lambda: multipart.abort_multipart("uploader", "staging", self.key, upload_id=upload_id))
        yield Proof(
            "signed parts", exact == 200, f"a part is taken: {exact}", f"check {_public()} and {_CORS}"
        )
        remedy = "the store must check signed headers (SigV4); quotas cannot be kept without"
        yield Proof("signed lengths", longer >= 400, f"one byte more than signed: {longer}", remedy)
        yield _must("promoter sees parts", listed, identity="promoter")

    def _rights(self) -> Iterator[Proof]:
        shared = list(_shared_pairs())
        yield from shared
        for identity, name in sorted(WRITES):
            yield _must(f"{identity} writes {name}", self._write(identity, name), identity=identity)
        for identity, name in sorted(READS):
            yield _must(f"{identity} reads {name}", self._read(identity, name), identity=identity)
        if shared:
            return
        for identity, name in MUST_NOT_READ:
            yield _must_not(f"{identity} reads {name}", self._read(identity, name))
        for identity, name in MUST_NOT_WRITE:
            yield _must_not(f"{identity} writes {name}", self._write(identity, name))

    def _read(self, identity: str, name: str) -> StorageError | None:
        """Read what is not there: a key that may read is told so, another is refused."""
        error = _answer(lambda: reading.get_bytes(identity, name, self.key))
        return None if isinstance(error, NotFound) else error

    def _write(self, identity: str, name: str) -> StorageError | None:
        def open_and_abort() -> None:
            upload_id = multipart.create_multipart(identity, name, self.key)
            for each in dict.fromkeys((identity, "promoter")):
                if not _answer(partial(multipart.abort_multipart, each, name, self.key, upload_id=upload_id)):
                    return

        return _answer(open_and_abort)

    # --- locks --------------------------------------------------------------------------------------

    def _locks(self) -> Iterator[Proof]:
        now = datetime.now(UTC) + timedelta(seconds=self.ahead_s)
        until = now.replace(microsecond=0) + timedelta(seconds=RETENTION_S + 1)
        try:
            yield from self._prove_locks(objects.Lock("GOVERNANCE", until))
        finally:
            self._wait_until(until)
            self._clean()

    def _prove_locks(self, lock: objects.Lock) -> Iterator[Proof]:
        try:
            version_id, spare_id = self._put_locked(lock), self._put_locked(lock)
            found = objects.head("promoter", "masters", self.key, version_id=version_id or None).lock
        except StorageError as error:
            yield _failed("Object Lock", f"nothing can be put under lock ({error.reason})", _make_anew())
            return
        if not version_id:
            yield _failed("versioning", f"{bucket('masters')} keeps no versions", _make_anew())
            return
        yield Proof("versioning", ok=True, detail=f"{bucket('masters')} keeps versions")
        if found is None or found.until < lock.until:
            yield _failed("Object Lock", "a lock that was asked for is not there", _make_anew())
            return
        proof = self._while_locked(version_id, until=lock.until)
        yield proof
        if proof.ok:
            self._wait_until(lock.until)
            yield from self._after_the_lock(version_id)
            yield self._purge(spare_id)

    def _wait_until(self, moment: datetime) -> None:
        time.sleep(max(0.0, moment.timestamp() - self.ahead_s - time.time() + 1))

    def _put_locked(self, lock: objects.Lock) -> str:
        stored = writing.put_bytes(
            "promoter", "masters", self.key, PART, content_type="text/plain", lock=lock
        )
        return stored.version_id

    def _while_locked(self, version_id: str, *, until: datetime) -> Proof:
        deleters = ("promoter", *(["purger"] if "purger" in configuration().keys else []))
        for identity in deleters:
            if not self._delete(identity, version_id):
                return _failed("Object Lock", f"the {identity} deleted a locked version", _make_anew())
            if not self._delete(identity, version_id, bypass=True):
                return _failed(
                    "Object Lock", f"the {identity} deleted a locked version with bypass", _NO_BYPASS
                )
        shorter = objects.Lock("GOVERNANCE", until - timedelta(seconds=2))
        shorten = partial(objects.put_retention, "promoter", "masters", self.key, version_id=version_id)
        if not _answer(partial(shorten, lock=shorter)):
            return _failed("Object Lock", "the promoter shortened a lock", _NO_BYPASS)
        _answer(partial(objects.delete, "promoter", "masters", self.key))
        if _answer(partial(objects.head, "promoter", "masters", self.key, version_id=version_id)):
            return _failed("versioning", "a version is gone after a plain delete of its key", _make_anew())
        return Proof("Object Lock", ok=True, detail="a locked version can be neither deleted nor shortened")

    def _after_the_lock(self, version_id: str) -> Iterator[Proof]:
        """See who may delete a version once its lock has ended, then remove what is left."""
        is_shared = bool(list(_shared_pairs()))
        for identity in () if is_shared else OUTSIDERS:
            if not self._delete(identity, version_id):
                yield _failed(
                    "purge", f"the {identity} may delete masters after their lock", _narrow(identity)
                )
                return
        if not is_shared and not self._delete("promoter", version_id):
            yield self._without_policy()
            return
        yield Proof("bucket policy", ok=True, detail="nobody but the purger deletes a master after its lock")

    def _purge(self, version_id: str) -> Proof:
        if "purger" not in configuration().keys:
            return Proof("purge", None, "no purger has a key", _PURGER)
        return _must("purge", self._delete("purger", version_id), identity="purger")

    def _without_policy(self) -> Proof:
        """Tell a store that enforces no policies from one that has none."""
        words = "the promoter may delete a master after its lock: "
        if self.server.startswith("SeaweedFS"):
            return Proof("bucket policy", None, f"{words}{_NOT_ENFORCED}; its rights are the fence here")
        try:
            policy = client("promoter").get_bucket_policy(Bucket=bucket("masters"))["Policy"]
        except ClientError as error:
            is_absent = error.response.get("Error", {}).get("Code", "") == "NoSuchBucketPolicy"
            seen = "no policy denies it" if is_absent else "its policy cannot be read with this key"
            return Proof("bucket policy", None, words + seen, _DENY)
        seen = _NOT_ENFORCED if '"Deny"' in policy else "the bucket's policy does not deny it"
        return Proof("bucket policy", None, words + seen, _DENY)

    def _clean(self) -> None:
        """Remove the marker of the plain delete, by whoever may; what cannot be removed does no harm."""
        try:
            answer = client("promoter").list_object_versions(Bucket=bucket("masters"), Prefix=self.key)
        except (ClientError, BotoCoreError):
            return
        for each in (*answer.get("DeleteMarkers", []), *answer.get("Versions", [])):
            for identity in ("purger", "promoter"):
                if identity in configuration().keys and not self._delete(identity, each["VersionId"]):
                    break

    def _delete(self, identity: str, version_id: str, *, bypass: bool = False) -> StorageError | None:
        extra: Any = {"BypassGovernanceRetention": True} if bypass else {}

        def delete() -> None:
            with translated("delete"):
                client(identity).delete_object(
                    Bucket=bucket("masters"), Key=self.key, VersionId=version_id, **extra
                )

        return _answer(delete)


# --- words and small steps ----------------------------------------------------------------------------


def _answer(step: Callable[[], object]) -> StorageError | None:
    """Return how the store refused a step, None where it did it."""
    try:
        step()
    except StorageError as error:
        return error
    return None


def _put(url: str, body: bytes) -> int:
    """PUT as a browser does, with nothing but the length; return the status, 0 when nobody answers."""
    request = urllib.request.Request(url, data=body, method="PUT")  # noqa: S310 - the store's own address
    request.add_unredirected_header("Content-Type", "")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=configuration().timeout_s) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _must(subject: str, error: StorageError | None, *, identity: str) -> Proof:
    if error is not None and error.reason in _UNKNOWN_CALL:
        return _failed(subject, f"the store does not know this call ({error.reason})", _OTHER_STORE)
    detail = "as it must" if error is None else f"refused ({error.reason or type(error).__name__})"
    return Proof(subject, error is None, detail, _grant(identity))


def _must_not(subject: str, error: StorageError | None) -> Proof:
    identity, verb, name = subject.split()
    if error is None:
        return _failed(f"{identity} {verb} {name}", "it may, and must not", _narrow(identity))
    if isinstance(error, Refused):
        return Proof(f"{identity} does not {verb.removesuffix('s')} {name}", ok=True, detail="refused")
    return Proof(subject, None, f"cannot be told ({error.reason})", "run doctor again")


def _failed(subject: str, detail: str, remedy: str) -> Proof:
    return Proof(subject, ok=False, detail=detail, remedy=remedy)


def _grant(identity: str) -> str:
    return f"give {identity} the rights that docs/operating.md names"


def _narrow(identity: str) -> str:
    return f"narrow the rights of {identity} to those that docs/operating.md names"


def _make_anew() -> str:
    return f"make {bucket('masters')} anew with Object Lock: it cannot be switched on later"


def _public() -> str:
    return f"the public address ({configuration().public_url})"


def _shared_pairs() -> Iterator[Proof]:
    """Yield a warning where one key pair serves several duties: nothing then keeps them apart."""
    keys = configuration().keys
    holders: dict[tuple[str, str], list[str]] = {}
    for identity, pair in keys.items():
        holders.setdefault((pair.key_id, pair.role_arn), []).append(identity)
    # The reader falls back to the gpu-writer's pair; both may read masters.
    shared = [each for each in holders.values() if set(each) - {"reader"} and len(set(each) - {"reader"}) > 1]
    for each in shared:
        detail = f"one key serves {', '.join(sorted(each))}"
        yield Proof("identities", None, detail, "give each identity a key of its own, with its rights only")
