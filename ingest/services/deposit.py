"""Bytes from staging into masters: copied inside the store, locked, and read back before anyone relies on them.

No database here. Source: decision 0001; the recipe that ends locked and byte-identical on several S3 stores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from dam.core import storage
from dam.core.observing import log
from ingest.multipart import COPY_THREADS, PartPlan, plan_copy
from jobs.errors import JobFailed

READINGS = 2
# How the progress of the whole job is shared out; the rest is the catalogue's.
HASHED, COPIED, VERIFIED = 0.3, 0.6, 0.95

Step = Callable[[str], None]


class Telling(Protocol):
    """Whoever is told how far the work is, 0 to 1: a job's run."""

    def progress(self, fraction: float) -> None:
        """Hear it; what this raises ends the work."""


@dataclass(frozen=True)
class Source:
    """A completed upload in staging and the digest that it must have; `size` in bytes."""

    key: str
    size: int
    sha256: str
    content_type: str


@dataclass(frozen=True)
class Target:
    """Where the master goes; `claimed_at` fixes how long it is locked, however often the job is repeated."""

    key: str
    claimed_at: datetime


@dataclass(frozen=True)
class Deposit:
    """One version of a master, proven: locked first, then read back whole."""

    version_id: str
    lock: storage.Lock


def check_staged(run: Telling, source: Source, *, until: float = VERIFIED) -> None:
    """Read the staged bytes and compare their digest; `until` is the progress that this reaches.

    What does not match is read again, so that a bit flipped on the way is not laid to the client's charge.

    Raises:
        JobFailed: `digest-mismatch`.
    """
    for _ in range(READINGS):
        with storage.get_whole("promoter", "staging", source.key) as reader:
            if _digest(run, reader, since=0.0, until=until) == source.sha256:
                return
    raise JobFailed("digest-mismatch", "The bytes have another SHA-256 than the one that was given.")


def deposit(run: Telling, *, source: Source, target: Target, at: Step) -> Deposit:
    """Bring the staged bytes under the master key, locked and verified.

    Nothing reaches masters unless the staged bytes have the digest: they are read while the copy runs, and only
    then is the copy completed. What a killed run left behind is taken up (a completed version, once its bytes
    are proven) or thrown away (open copies). The caller holds the claim on the digest.

    Raises:
        JobFailed: `digest-mismatch`, or the store did not keep the bytes or the lock.
    """
    for leftover in storage.open_multiparts("promoter", "masters", target.key):
        storage.abort_multipart("promoter", "masters", target.key, upload_id=leftover)
    earlier = storage.versions_of("promoter", "masters", target.key)
    if earlier:
        check_staged(run, source, until=HASHED)
        for each in earlier:
            if (
                storage.head("promoter", "masters", target.key, version_id=each.version_id).size
                != source.size
            ):
                continue
            lock = ensure_locked(target, version_id=each.version_id)
            if _digest_of_version(run, target, version_id=each.version_id) == source.sha256:
                return Deposit(each.version_id, lock)
    version_id = _copy(run, source=source, target=target, at=at)
    at("completed")
    lock = ensure_locked(target, version_id=version_id)
    at("locked")
    if _digest_of_version(run, target, version_id=version_id) != source.sha256:
        raise JobFailed("copy-damaged", "The storage kept other bytes than it was given.", retryable=True)
    at("verified")
    return Deposit(version_id, lock)


def ensure_locked(target: Target, *, version_id: str) -> storage.Lock:
    """Return the lock of a version after prolonging it where mode or date fall short; fail closed.

    Raises:
        JobFailed: `not-locked`, the version cannot be locked as long as it must.
    """
    wanted = wanted_lock(target.claimed_at)
    found = storage.head("promoter", "masters", target.key, version_id=version_id)
    if _falls_short(found.lock, wanted=wanted):
        storage.put_retention("promoter", "masters", target.key, version_id=version_id, lock=wanted)
        found = storage.head("promoter", "masters", target.key, version_id=version_id)
    if found.lock is None or _falls_short(found.lock, wanted=wanted):
        raise JobFailed("not-locked", "The storage did not lock the master.")
    return found.lock


def wanted_lock(since: datetime) -> storage.Lock:
    """Return the retention that masters get."""
    settings = storage.configuration()
    until = since.replace(microsecond=0) + timedelta(days=settings.lock_days)
    return storage.Lock("COMPLIANCE" if settings.lock_mode == "COMPLIANCE" else "GOVERNANCE", until)


def _falls_short(found: storage.Lock | None, *, wanted: storage.Lock) -> bool:
    if found is None or found.until < wanted.until:
        return True
    return wanted.mode == "COMPLIANCE" and found.mode != "COMPLIANCE"


def _copy(run: Telling, *, source: Source, target: Target, at: Step) -> str:
    """Copy the parts while the staged bytes are hashed; complete only if the digest is right.

    Returns the VersionId. Whatever goes wrong, the copy is aborted and masters hold nothing of it.
    """
    upload_id = storage.create_multipart(
        "promoter",
        "masters",
        target.key,
        content_type=source.content_type,
        lock=wanted_lock(target.claimed_at),
    )
    with ExitStack() as undo:
        undo.callback(storage.abort_multipart, "promoter", "masters", target.key, upload_id=upload_id)
        at("opened")
        parts = _copy_and_hash(run, source=source, target=target, upload_id=upload_id)
        at("copied")
        stored = storage.complete_multipart(
            "promoter", "masters", target.key, upload_id=upload_id, parts=parts
        )
        undo.pop_all()
    version_id = stored.version_id or storage.head("promoter", "masters", target.key).version_id
    if not version_id:
        raise JobFailed("not-locked", "The masters bucket keeps no versions, so nothing in it can be locked.")
    return version_id


def _copy_and_hash(run: Telling, *, source: Source, target: Target, upload_id: str) -> list[storage.Part]:
    plan = plan_copy(source.size)
    pool = ThreadPoolExecutor(COPY_THREADS, thread_name_prefix="copy")
    with ExitStack() as leaving:
        # Left early, the pool drops what has not begun and waits for what has; only then may the abort follow.
        leaving.callback(pool.shutdown, cancel_futures=True)
        copies = [
            pool.submit(
                log.carried(_copy_part), source, target, upload_id=upload_id, plan=plan, number=number
            )
            for number in range(1, plan.count + 1)
        ]
        check_staged(run, source, until=HASHED)
        _await(run, copies)
        return [each.result() for each in copies]


def _copy_part(
    source: Source, target: Target, *, upload_id: str, plan: PartPlan, number: int
) -> storage.Part:
    first, last = plan.range_of(number)
    return storage.copy_part(
        "promoter",
        "masters",
        target.key,
        upload_id=upload_id,
        number=number,
        source=storage.Stretch("staging", source.key, first, last),
    )


def _await(run: Telling, copies: list[Future[storage.Part]]) -> None:
    """Wait for the copies, showing progress; the first that fails ends the wait."""
    waiting: set[Future[storage.Part]] = set(copies)
    while waiting:
        done, waiting = wait(waiting, timeout=0.5, return_when=FIRST_EXCEPTION)
        if any(each.exception() for each in done):
            return
        share = (len(copies) - len(waiting)) / len(copies)
        run.progress(HASHED + (COPIED - HASHED) * share)


def _digest_of_version(run: Telling, target: Target, *, version_id: str) -> str:
    with storage.get_whole("promoter", "masters", target.key, version_id=version_id) as reader:
        return _digest(run, reader, since=COPIED, until=VERIFIED)


def _digest(run: Telling, reader: storage.WholeReader, *, since: float, until: float) -> str:
    """Return the SHA-256 of a stream, a chunk in memory at a time, showing progress from `since` to `until`."""
    digest, seen = hashlib.sha256(), 0
    for chunk in reader.chunks():
        digest.update(chunk)
        seen += len(chunk)
        run.progress(since + (until - since) * seen / reader.size)
    return digest.hexdigest()
