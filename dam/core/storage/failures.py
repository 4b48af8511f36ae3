"""What can go wrong in the store, in four kinds; no key, bucket or address reaches a user."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from dam.core.errors import DomainError
from dam.core.observing import metrics, tracing

logger = logging.getLogger(__name__)

_ABSENT = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NoSuchVersion", "NoSuchBucket", "NotFound"})
_DAMAGED = frozenset({"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"})
_BUSY = frozenset({"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "503", "500", "502"})


class StorageError(DomainError):
    """The store did not do what was asked."""

    code, status, title = "storage-unavailable", 503, "The file storage could not do this; try again."

    def __init__(self, detail: str = "", *, reason: str = "") -> None:
        """Take what a person may read, and the store's own short word for the log."""
        super().__init__(detail, headers={"Retry-After": "5"})
        self.reason = reason


class NotFound(StorageError):
    """There is no such object, version or multipart upload."""


class Unavailable(StorageError):
    """The store does not answer, or answers that it cannot now: trying again later may help."""


class Refused(StorageError):
    """The store understood and said no: missing rights, a lock, a broken precondition, wrong parts."""


class Unsupported(Refused):
    """The store has no such call, or nobody may use it: trying again never helps."""


class Damaged(Unavailable):
    """Other bytes arrived than were sent; the store kept nothing of them."""


class Truncated(Unavailable):
    """A read ended before its length: what came must not be used."""


#: Not a call of their own: a chunk of a stream, and a signature that nobody is asked for.
_UNMEASURED = frozenset({"read", "presign"})


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Turn the library's errors into ours; `reason` keeps the store's own code. Counts and measures the call.

    Raises:
        StorageError: of the kind that fits.
    """
    if operation in _UNMEASURED:
        with _in_our_words(operation):
            yield
        return
    started, outcome, absent = time.perf_counter(), "interrupted", None
    try:
        with tracing.span(f"storage.{operation}", kind="client"):
            try:
                with _in_our_words(operation):
                    yield
            except NotFound as error:
                # An answer like any other: whoever asks judges whether it is a failure.
                absent = error
        if absent is not None:
            raise absent
        outcome = "ok"
    except StorageError as error:
        outcome = type(error).__name__.lower()
        raise
    finally:
        metrics.STORAGE_CALLS.labels(operation, outcome).inc()
        metrics.STORAGE_SECONDS.labels(operation).observe(time.perf_counter() - started)


@contextmanager
def _in_our_words(operation: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, operation=operation) from error
    except (ResponseParserError, KeyError, ValueError) as error:
        # An answer that is not what S3 answers: cut short, or a proxy's page in place of it.
        logger.warning("storage.failed", extra={"operation": operation, "reason": "malformed-answer"})
        raise Unavailable(reason="malformed-answer") from error
    except (BotoCoreError, Boto3Error, HTTPError, OSError) as error:
        reason = type(error).__name__
        logger.warning("storage.failed", extra={"operation": operation, "reason": reason})
        raise Unavailable(reason=reason) from error


def _of_answer(error: ClientError, *, operation: str) -> StorageError:
    answer = error.response
    reason = str(answer.get("Error", {}).get("Code", ""))
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if reason in _ABSENT or status == 404:
        return NotFound(reason=reason)
    kind = Unavailable if reason in _BUSY or status >= 500 else Refused
    kind = Damaged if reason in _DAMAGED else kind
    logger.warning("storage.failed", extra={"operation": operation, "reason": reason, "status": status})
    return kind(reason=reason)
