"""Bringing a master to the worker's disk: its first seconds at once, the rest meanwhile, and the digest proven."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path

from dam.core import failpoints, storage
from jobs.errors import JobFailed
from jobs.services import JobRun
from previews.media.engine import Head, OpeningWrong
from previews.media.probing.reach import Partial, reach

logger = logging.getLogger(__name__)

IDENTITY = "gpu-writer"
#: A bit that flipped on the way is no reason to give up.
READINGS = 2
#: Share of a job's progress that fetching the master takes.
FETCH_SHARE = 0.05
#: A smaller master is here before its first seconds are found.
EARLY_BYTES = 16 * 1024**2
_WAIT_S = 0.5


@dataclass(frozen=True)
class Locked:
    """The locked version of a master in storage, and what it must be."""

    key: str
    storage_version: str
    sha256: str
    size_bytes: int
    name: str


class BytesWrong(JobFailed):
    """What storage gave are not the bytes that were acknowledged: nothing made of them may be seen."""


class _Stopped(Exception):
    """The build ended before its master was here."""


class MasterSupply:
    """The engine's `Supply`: one download in a thread of its own, begun when the first seconds can be watched."""

    def __init__(self, run: JobRun, master: Locked, *, directory: Path, pool: ThreadPoolExecutor) -> None:
        """Take what is to be fetched into `directory`; `pool` has the thread for it."""
        self._run = run
        self._master = master
        self._directory = directory
        self._pool = pool
        self._future: Future[str] | None = None
        self._stop = threading.Event()
        self._head: Partial | None = None
        self._has_begun_early = False
        self.done_bytes = 0

    @property
    def path(self) -> Path:
        """Where the master will be."""
        return self._directory / "master"

    def is_complete(self) -> bool:
        """Tell whether `complete` would answer at once; a small master never has a head."""
        return self._master.size_bytes < EARLY_BYTES or (self._future is not None and self._future.done())

    def head(self, *, seconds: float) -> Head | None:
        """Fetch by ranges what the first seconds are made from; without them begin with the whole.

        What cannot be had by ranges just now is no failure: the whole master is waited for.
        """
        if self._has_begun_early:
            # The first seconds went wrong once: now the whole is waited for.
            self._head = None
            return None
        self._has_begun_early = True
        place = self._directory / "head"
        size, name = self._master.size_bytes, self._master.name
        try:
            self._head = reach(place, name=name, size=size, read=self._range, seconds=seconds)
        except storage.StorageError as error:
            logger.warning("preview.head_unread", extra={"error": str(error)})
        if self._head is None:
            self.begin()
            return None
        return Head(place, seconds)

    def begin(self) -> None:
        """Begin to fetch the whole, unless that has been done."""
        if self._future is None:
            self._future = self._pool.submit(copy_context().run, self._fetch)

    def complete(self) -> Path:
        """Wait for the whole master; its digest is then proven, and that its head was a part of it.

        Raises:
            JobFailed: the store does not answer, or its bytes are not the ones that were acknowledged.
            LeaseLost: the job was cancelled or taken over.
            OpeningWrong: the first seconds were made from other bytes.
        """
        self.begin()
        assert self._future is not None  # noqa: S101  begun above
        while not self._future.done():
            if self._head is None:
                self._run.progress(FETCH_SHARE * self.done_bytes / max(self._master.size_bytes, 1))
            else:
                self._run.check()
            wait_for(self._future)
        try:
            found = self._future.result()
        except storage.StorageError as error:
            detail = "The master could not be fetched from storage."
            raise JobFailed("storage-unavailable", detail, retryable=True) from error
        if found != self._master.sha256:
            logger.error("preview.digest_mismatch", extra={"sha256": self._master.sha256})
            detail = "The bytes in storage are not those of the master that was acknowledged."
            raise BytesWrong("digest-mismatch", detail)
        self._prove_head()
        failpoints.reach("build:fetched")
        return self.path

    def stop(self) -> None:
        """Let go of a download that nobody waits for any more."""
        self._stop.set()

    def _prove_head(self) -> None:
        head, self._head = self._head, None
        if head is None:
            return
        is_same = head.is_part_of(self.path)
        head.path.unlink()
        if not is_same:
            raise OpeningWrong("the first seconds were made from other bytes than the master's")

    def _fetch(self) -> str:
        """Download the locked version while hashing it; once more where it came out wrong."""
        found = ""
        for _ in range(READINGS):
            found = self._downloaded()
            if found == self._master.sha256:
                break
        return found

    def _downloaded(self) -> str:
        digest, self.done_bytes = hashlib.sha256(), 0
        reader = storage.get_stream(
            IDENTITY, "masters", self._master.key, version_id=self._master.storage_version
        )
        with reader, self.path.open("wb") as file:
            for chunk in reader.chunks():
                if self._stop.is_set():
                    raise _Stopped
                digest.update(chunk)
                file.write(chunk)
                self.done_bytes += len(chunk)
        return digest.hexdigest()

    def _range(self, start: int, end: int) -> Iterator[bytes]:
        reader = storage.get_stream(
            IDENTITY,
            "masters",
            self._master.key,
            version_id=self._master.storage_version,
            first=start,
            last=end - 1,
        )
        with reader:
            for chunk in reader.chunks():
                self._run.check()
                yield chunk


def wait_for(future: Future[str]) -> None:
    """Wait a little, less if it ends."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    done.wait(_WAIT_S)


@contextmanager
def supplied(run: JobRun, master: Locked, *, directory: Path) -> Iterator[MasterSupply]:
    """Give a build its master as it comes; nothing of the download outlives the block."""
    with ThreadPoolExecutor(1, thread_name_prefix="fetch") as pool:
        supply = MasterSupply(run, master, directory=directory, pool=pool)
        try:
            yield supply
        finally:
            supply.stop()
