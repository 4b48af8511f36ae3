"""Proving a store with throw-away objects below `doctor/`: locks, versions, signed lengths, and who may do what.

Rights to write are tried by opening a multipart upload and aborting it, so a probe that succeeds where it should
not leaves nothing behind. What is put into masters is locked for seconds and removed when its lock has ended.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from dam.core.storage import copying, multipart, objects, reading, writing
from dam.core.storage.clients import bucket, client, configuration
from dam.core.storage.failures import NotFound, StorageError, translated
from dam.core.storage.proof import Proof, answer_of, failed, must, must_not, narrow
from dam.core.storage.proofs_browsers import PART, prove_download, prove_uploads
from dam.core.storage.proofs_reach import Reach, missing_buckets

PREFIX = "doctor"
RETENTION_S = 5

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
_NO_BYPASS = "take s3:BypassGovernanceRetention from every key of the platform"
_NOT_ENFORCED = "a Deny policy is not enforced by this store"
_DENY = (
    "where the store enforces bucket policies, deny DeleteObject, DeleteObjectVersion and "
    "PutLifecycleConfiguration on masters to all but the purger"
)
_COPIES = (
    "for less traffic give uploader and promoter two lasting keys of one user of the store, where it copies by the "
    "rights of objects alone, as Ceph RGW 16 does; else leave it so"
)
_PURGER = "set S3_PURGER_KEY_ID and S3_PURGER_SECRET, or masters are never deleted for good"
OUTSIDERS = ("uploader", "gpu-writer", "edge-reader", "reader", "backup-writer")


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
        reach = Reach()
        yield from reach.prove()
        if not reach.answers:
            return
        self.ahead_s, self.server = reach.ahead_s, reach.server
        missing = list(missing_buckets(iter((*sorted(READS), ("backup-writer", "backups"))), key=self.key))
        yield from missing
        if missing:
            return
        yield from prove_uploads(self.key)
        yield from self._copy()
        yield from self._rights()
        yield from _default_retention()
        yield from self._locks()

    def _copy(self) -> Iterator[Proof]:
        """Copy what was uploaded into masters, as promotions do, and give that up again."""

        def copy_and_abort() -> None:
            upload_id = multipart.create_multipart("promoter", "masters", self.key)
            with ExitStack() as undo:
                undo.callback(multipart.abort_multipart, "promoter", "masters", self.key, upload_id=upload_id)
                stretch = copying.Stretch("staging", self.key, 0, len(PART) - 1)
                copying.copy_inside(
                    "promoter", "masters", self.key, upload_id=upload_id, number=1, source=stretch
                )

        error = answer_of(copy_and_abort)
        if isinstance(error, NotFound):
            return  # nothing was uploaded, and why has been said
        if error is None:
            yield Proof("copies into masters", ok=True, detail="inside the store")
        else:
            detail = f"the store copies nothing for the promoter ({error.reason}): workers carry every byte"
            yield Proof("copies into masters", None, detail, _COPIES)
        emptied = answer_of(partial(objects.delete, "promoter", "staging", self.key))
        yield must("promoter empties staging", emptied, identity="promoter")

    # --- rights -------------------------------------------------------------------------------------

    def _rights(self) -> Iterator[Proof]:
        shared = list(_shared_pairs())
        yield from shared
        for identity, name in sorted(WRITES):
            yield must(f"{identity} writes {name}", self._write(identity, name), identity=identity)
        for identity, name in sorted(READS):
            yield must(f"{identity} reads {name}", self._read(identity, name), identity=identity)
        if shared:
            return
        for identity, name in MUST_NOT_READ:
            yield must_not(f"{identity} reads {name}", self._read(identity, name))
        for identity, name in MUST_NOT_WRITE:
            yield must_not(f"{identity} writes {name}", self._write(identity, name))

    def _read(self, identity: str, name: str) -> StorageError | None:
        """Read what is not there: a key that may read is told so, another is refused."""
        error = answer_of(lambda: reading.get_bytes(identity, name, self.key))
        return None if isinstance(error, NotFound) else error

    def _write(self, identity: str, name: str) -> StorageError | None:
        def open_and_abort() -> None:
            upload_id = multipart.create_multipart(identity, name, self.key)
            for each in dict.fromkeys((identity, "promoter")):
                if not answer_of(
                    partial(multipart.abort_multipart, each, name, self.key, upload_id=upload_id)
                ):
                    return

        return answer_of(open_and_abort)

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
            yield failed("Object Lock", f"nothing can be put under lock ({error.reason})", _make_anew())
            return
        if not version_id:
            yield failed("versioning", f"{bucket('masters')} keeps no versions", _make_anew())
            return
        yield Proof("versioning", ok=True, detail=f"{bucket('masters')} keeps versions")
        if found is None or found.until < lock.until:
            yield failed("Object Lock", "a lock that was asked for is not there", _make_anew())
            return
        yield prove_download(self.key, version_id)
        proof = self._while_locked(version_id, until=lock.until)
        yield proof
        if proof.ok:
            yield self._hold(version_id)
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
                return failed("Object Lock", f"the {identity} deleted a locked version", _make_anew())
            if not self._delete(identity, version_id, bypass=True):
                return failed(
                    "Object Lock", f"the {identity} deleted a locked version with bypass", _NO_BYPASS
                )
        shorter = objects.Lock("GOVERNANCE", until - timedelta(seconds=2))
        shorten = partial(objects.put_retention, "promoter", "masters", self.key, version_id=version_id)
        if not answer_of(partial(shorten, lock=shorter)):
            return failed("Object Lock", "the promoter shortened a lock", _NO_BYPASS)
        answer_of(partial(objects.delete, "promoter", "masters", self.key))
        if answer_of(partial(objects.head, "promoter", "masters", self.key, version_id=version_id)):
            return failed("versioning", "a version is gone after a plain delete of its key", _make_anew())
        return Proof("Object Lock", ok=True, detail="a locked version can be neither deleted nor shortened")

    def _hold(self, version_id: str) -> Proof:
        """Set and release a legal hold."""
        hold = partial(objects.put_legal_hold, "promoter", "masters", self.key, version_id=version_id)
        error = answer_of(partial(hold, on=True))
        if error is not None:
            return must("legal hold", error, identity="promoter")
        try:
            is_held = objects.head("promoter", "masters", self.key, version_id=version_id).held
        except StorageError as unseen:
            return must("legal hold", unseen, identity="promoter")
        finally:
            released = answer_of(partial(hold, on=False))
        if not is_held:
            return failed("legal hold", "a hold that was set is not there", _make_anew())
        return must("legal hold", released, identity="promoter")

    def _after_the_lock(self, version_id: str) -> Iterator[Proof]:
        """See who may delete a version once its lock has ended, then remove what is left."""
        if list(_shared_pairs()):
            self._delete("promoter", version_id)
            return  # one key for all: there is nobody to keep away
        for identity in OUTSIDERS:
            if not self._delete(identity, version_id):
                yield failed("purge", f"the {identity} may delete masters after their lock", narrow(identity))
                return
        if not self._delete("promoter", version_id):
            yield self._without_policy()
            return
        yield Proof("bucket policy", ok=True, detail="nobody but the purger deletes a master after its lock")

    def _purge(self, version_id: str) -> Proof:
        if "purger" not in configuration().keys:
            return Proof("purge", None, "no purger has a key", _PURGER)
        return must("purge", self._delete("purger", version_id), identity="purger")

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

        return answer_of(delete)


# --- words ---------------------------------------------------------------------------------------------


def _default_retention() -> Iterator[Proof]:
    """Yield a fault where the bucket locks by itself in another mode; not every promoter may see it."""
    try:
        with translated("probe"):
            found = client("promoter").get_object_lock_configuration(Bucket=bucket("masters"))
    except StorageError:
        return
    rule = found.get("ObjectLockConfiguration", {}).get("Rule", {})
    mode, wanted = rule.get("DefaultRetention", {}).get("Mode", ""), configuration().lock_mode
    if mode and mode != wanted:
        detail = f"{bucket('masters')} locks in {mode} by itself, OBJECT_LOCK_MODE is {wanted}"
        yield failed("default retention", detail, "set both alike: no store turns one mode into the other")


def _make_anew() -> str:
    return f"make {bucket('masters')} anew with Object Lock: it cannot be switched on later"


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
