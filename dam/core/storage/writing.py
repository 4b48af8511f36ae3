"""Writing objects, each body with its digest, so that the store itself refuses what was damaged on its way.

Source: RFC 1864. Several stores check Content-MD5 but neither the signed SHA-256 of the body nor their own
checksum headers.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from dam.core.storage.clients import Patience, bucket, client
from dam.core.storage.failures import Damaged, translated
from dam.core.storage.multipart import Part, abort_multipart, complete_multipart, create_multipart
from dam.core.storage.objects import Lock, Stored

MIB = 1024**2
SINGLE_PUT_BYTES = 64 * MIB
PART_BYTES = 16 * MIB
_Answer = TypeVar("_Answer")


def put_bytes(
    identity: str,
    bucket_name: str,
    key: str,
    body: bytes,
    *,
    content_type: str,
    cache_control: str = "",
    only_if_absent: bool = False,
    lock: Lock | None = None,
) -> Stored:
    """Write a small object whole; `lock` holds for the version that it becomes.

    Not every store heeds `only_if_absent`: it guards against a race, not against what was there before.

    Raises:
        Refused: with `only_if_absent`, there is one already (`reason` is `PreconditionFailed`).
    """
    extra: Any = {"CacheControl": cache_control} if cache_control else {}
    if only_if_absent:
        extra["IfNoneMatch"] = "*"
    if lock:
        extra |= {"ObjectLockMode": lock.mode, "ObjectLockRetainUntilDate": lock.until}

    def put() -> Stored:
        with translated("put"):
            answer = client(identity).put_object(
                Bucket=bucket(bucket_name),
                Key=key,
                Body=body,
                ContentType=content_type,
                ContentMD5=_base64(hashlib.md5(body, usedforsecurity=False)),
                **extra,
            )
            return Stored(answer["ETag"].strip('"'), answer.get("VersionId", ""))

    return _again_if_damaged(put)


def put_file(
    identity: str,
    bucket_name: str,
    key: str,
    path: Path,
    *,
    content_type: str,
    cache_control: str = "",
) -> None:
    """Write a file of any size, in parts beyond 64 MiB; never more than one part in memory."""
    extra: Any = {"ContentType": content_type} | ({"CacheControl": cache_control} if cache_control else {})
    if path.stat().st_size > SINGLE_PUT_BYTES:
        _put_in_parts(identity, bucket_name, key, path, extra=extra)
        return

    def put() -> None:
        with path.open("rb") as file, translated("put"):
            digest = hashlib.file_digest(file, _md5)
            file.seek(0)
            client(identity, patience=Patience.LONG).put_object(
                Bucket=bucket(bucket_name), Key=key, Body=file, ContentMD5=_base64(digest), **extra
            )

    _again_if_damaged(put)


def _put_in_parts(identity: str, bucket_name: str, key: str, path: Path, *, extra: Any) -> None:
    upload_id = create_multipart(
        identity,
        bucket_name,
        key,
        content_type=extra["ContentType"],
        cache_control=extra.get("CacheControl", ""),
    )
    with ExitStack() as undo, path.open("rb") as file:
        undo.callback(abort_multipart, identity, bucket_name, key, upload_id=upload_id)
        parts: list[Part] = []
        while body := file.read(PART_BYTES):
            parts.append(
                _put_part(identity, bucket_name, key, body, upload_id=upload_id, number=len(parts) + 1)
            )
        complete_multipart(identity, bucket_name, key, upload_id=upload_id, parts=parts)
        undo.pop_all()


def _put_part(identity: str, bucket_name: str, key: str, body: bytes, *, upload_id: str, number: int) -> Part:
    def put() -> Part:
        with translated("put-part"):
            answer = client(identity, patience=Patience.LONG).upload_part(
                Bucket=bucket(bucket_name),
                Key=key,
                UploadId=upload_id,
                PartNumber=number,
                Body=body,
                ContentMD5=_base64(hashlib.md5(body, usedforsecurity=False)),
            )
            return Part(number, len(body), answer["ETag"].strip('"'))

    return _again_if_damaged(put)


def _again_if_damaged(put: Callable[[], _Answer]) -> _Answer:
    """Send once more what the store refused because other bytes arrived."""
    try:
        return put()
    except Damaged:
        return put()


def _md5() -> Any:
    """Return a fresh digest; `Any`, since the library names no public type for one."""
    return hashlib.md5(usedforsecurity=False)


def _base64(digest: Any) -> str:
    return base64.b64encode(digest.digest()).decode()
