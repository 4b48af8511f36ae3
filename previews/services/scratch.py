"""A build's folder on the scratch disk: its own while it lives, swept up by the next build when its worker died."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from jobs.errors import JobFailed

logger = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT)
#: Room that a build needs, in times the master's size; proxies are smaller than masters.
ROOM_FACTOR, ROOM_SPARE_BYTES = 2, 256 * 1024**2
#: What counts as no room at all.
FULL_BYTES = 16 * 1024**2
_LOCK = ".lock"


@contextmanager
def folder(name: str, *, master_bytes: int) -> Iterator[Path]:
    """Give a build a folder of its own, gone afterwards.

    A lock tells that the builder lives, and the kernel lets go of it however the builder ends: folders without
    one are removed first.

    Raises:
        JobFailed: `no-space`, there is no room for a master of this size, or the disk filled up meanwhile.
    """
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep()
    directory: Path = settings.SCRATCH_DIR / name
    try:
        _require_room(master_bytes)
        with _held(directory.with_name(name + _LOCK)):
            (directory / "work").mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                yield directory
            except JobFailed as failed:
                # Tools that find no room call the file broken; it is not to blame.
                if shutil.disk_usage(settings.SCRATCH_DIR).free < FULL_BYTES:
                    raise _no_space() from failed
                raise
            finally:
                shutil.rmtree(directory, ignore_errors=True)
    except OSError as error:
        if error.errno in _FULL:
            raise _no_space() from error
        raise


def _require_room(master_bytes: int) -> None:
    if shutil.disk_usage(settings.SCRATCH_DIR).free < ROOM_FACTOR * master_bytes + ROOM_SPARE_BYTES:
        raise _no_space()


def _no_space() -> JobFailed:
    detail = "The worker's scratch disk has no room for this file at the moment; retry the job when it has."
    return JobFailed("no-space", detail, retryable=True)


@contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Hold a folder's lock; a sweeper that had it for a moment may have removed the file, so look again."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if lock.exists() and lock.stat().st_ino == os.fstat(handle).st_ino:
            break
        os.close(handle)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(handle)


def _sweep() -> None:
    """Remove the folders of builders that died."""
    for lock in settings.SCRATCH_DIR.glob("*" + _LOCK):
        try:
            handle = os.open(lock, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.with_name(lock.name.removesuffix(_LOCK)), ignore_errors=True)
            lock.unlink(missing_ok=True)
            logger.info("scratch.swept", extra={"folder": lock.name})
        except BlockingIOError:
            continue
        finally:
            os.close(handle)
