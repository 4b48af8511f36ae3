"""Whole objects: look at, lock, list, delete, and sign a download."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dam.core.storage.clients import bucket, client, lifetime
from dam.core.storage.failures import translated

if TYPE_CHECKING:
    from types_boto3_s3.literals import ObjectLockModeType


@dataclass(frozen=True)
class Lock:
    """A retention: `mode` GOVERNANCE or COMPLIANCE, held until an aware UTC time."""

    mode: ObjectLockModeType
    until: datetime


@dataclass(frozen=True)
class Stored:
    """What the store says of something just written; `version_id` is empty in a bucket without versions."""

    etag: str
    version_id: str


@dataclass(frozen=True)
class ObjectInfo:
    """An object, or one version of it: `size` in bytes, `etag` without quotes; `held` by a legal hold."""

    size: int
    etag: str
    version_id: str
    content_type: str
    modified_at: datetime
    lock: Lock | None
    held: bool = False


def presign_get(
    identity: str,
    bucket_name: str,
    key: str,
    *,
    version_id: str | None = None,
    filename: str | None = None,
    expires_s: int,
) -> str:
    """Return a URL on the public address that downloads the object; with `filename`, as an attachment.

    It lives `expires_s` seconds, or as long as the session of an assumed role, whichever is shorter.

    Source: RFC 6266 and RFC 8187 for the file name.
    """
    params: dict[str, Any] = {"Bucket": bucket(bucket_name), "Key": key}
    if version_id:
        params["VersionId"] = version_id
    if filename is not None:
        plain = "".join(each if each.isalnum() or each in "-_. " else "_" for each in filename).strip()
        plain = plain.encode("ascii", "replace").decode().replace("?", "_")
        params["ResponseContentDisposition"] = (
            f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
        )
    lives_s = lifetime(identity, wanted_s=expires_s)
    with translated("presign"):
        return client(identity, public=True).generate_presigned_url("get_object", params, ExpiresIn=lives_s)


def head(identity: str, bucket_name: str, key: str, *, version_id: str | None = None) -> ObjectInfo:
    """Return size, digest of the store, version and lock of an object.

    Raises:
        NotFound: there is no such object or version.
    """
    version: Any = {"VersionId": version_id} if version_id else {}
    with translated("head"):
        found = client(identity).head_object(Bucket=bucket(bucket_name), Key=key, **version)
        mode, until = found.get("ObjectLockMode"), found.get("ObjectLockRetainUntilDate")
        return ObjectInfo(
            size=found["ContentLength"],
            etag=found["ETag"].strip('"'),
            version_id=found.get("VersionId", ""),
            content_type=found.get("ContentType", ""),
            modified_at=found["LastModified"],
            lock=Lock(mode, until) if mode and until else None,
            held=found.get("ObjectLockLegalHoldStatus") == "ON",
        )


def put_retention(identity: str, bucket_name: str, key: str, *, version_id: str, lock: Lock) -> None:
    """Lock one version until `lock.until`; a store never shortens what is there.

    Raises:
        Refused: the version is locked longer, or in a stronger mode.
    """
    with translated("put-retention"):
        client(identity).put_object_retention(
            Bucket=bucket(bucket_name),
            Key=key,
            VersionId=version_id,
            Retention={"Mode": lock.mode, "RetainUntilDate": lock.until},
        )


def put_legal_hold(identity: str, bucket_name: str, key: str, *, version_id: str, on: bool) -> None:
    """Set or release the legal hold of one version; it keeps the version whatever becomes of its retention.

    Raises:
        Refused: the identity may not, or the store keeps no holds.
    """
    with translated("put-legal-hold"):
        client(identity).put_object_legal_hold(
            Bucket=bucket(bucket_name),
            Key=key,
            VersionId=version_id,
            LegalHold={"Status": "ON" if on else "OFF"},
        )


def delete(identity: str, bucket_name: str, key: str, *, version_id: str | None = None) -> None:
    """Delete an object; one that is not there is no error.

    Raises:
        Refused: the named version is locked.
    """
    version: Any = {"VersionId": version_id} if version_id else {}
    with translated("delete"):
        client(identity).delete_object(Bucket=bucket(bucket_name), Key=key, **version)


def keys_under(identity: str, bucket_name: str, prefix: str) -> Iterator[str]:
    """Yield every key below a prefix, in order, a page at a time."""
    with translated("list"):
        pages = client(identity).get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket(bucket_name), Prefix=prefix):
            yield from (each["Key"] for each in page.get("Contents", []))


def bytes_under(identity: str, bucket_name: str, prefix: str) -> int:
    """Return how many bytes lie below a prefix, as the store lists them."""
    with translated("list"):
        pages = client(identity).get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=bucket(bucket_name), Prefix=prefix)
        return sum(each["Size"] for page in found for each in page.get("Contents", []))


def versions_of(identity: str, bucket_name: str, key: str) -> list[Stored]:
    """Return the versions of one key, newest first, delete markers left out."""
    with translated("list-versions"):
        pages = client(identity).get_paginator("list_object_versions")
        return [
            Stored(each["ETag"].strip('"'), each["VersionId"])
            for page in pages.paginate(Bucket=bucket(bucket_name), Prefix=key)
            for each in page.get("Versions", [])
            if each["Key"] == key
        ]
