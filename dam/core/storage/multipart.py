"""Multipart uploads: opened, signed part by part, listed, copied into, completed, aborted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dam.core.storage.clients import Patience, bucket, client, lifetime
from dam.core.storage.failures import NotFound, Refused, StorageError, Unsupported, translated
from dam.core.storage.objects import Lock, Stored

#: What stores say that do not know a call; without a body, only the status is known.
UNKNOWN_CALL = frozenset({"NotImplemented", "MethodNotAllowed", "405", "501"})


@dataclass(frozen=True)
class Part:
    """A part that the store holds: numbered from 1, `size` in bytes, `etag` without quotes."""

    number: int
    size: int
    etag: str


def create_multipart(
    identity: str,
    bucket_name: str,
    key: str,
    *,
    content_type: str = "",
    cache_control: str = "",
    lock: Lock | None = None,
) -> str:
    """Open a multipart upload and return the store's id of it; `lock` holds for the object it becomes."""
    given = {"ContentType": content_type, "CacheControl": cache_control}
    extra: Any = {name: text for name, text in given.items() if text}
    if lock:
        extra |= {"ObjectLockMode": lock.mode, "ObjectLockRetainUntilDate": lock.until}
    with translated("create-multipart"):
        answer = client(identity).create_multipart_upload(Bucket=bucket(bucket_name), Key=key, **extra)
        return answer["UploadId"]


def presign_part(
    identity: str,
    bucket_name: str,
    key: str,
    *,
    upload_id: str,
    number: int,
    size: int,
    expires_s: int,
) -> str:
    """Return a URL on the public address that takes part `number` with exactly `size` bytes.

    It lives `expires_s` seconds, or as long as the session of an assumed role, whichever is shorter.

    Source: with s3v4 the Content-Length is among the signed headers, so one byte more or less is a 403.
    """
    params: Any = {"UploadId": upload_id, "PartNumber": number, "ContentLength": size}
    lives_s = lifetime(identity, wanted_s=expires_s)
    with translated("presign"):
        return client(identity, public=True).generate_presigned_url(
            "upload_part", {"Bucket": bucket(bucket_name), "Key": key, **params}, ExpiresIn=lives_s
        )


def list_parts(identity: str, bucket_name: str, key: str, *, upload_id: str) -> list[Part]:
    """Return the parts received so far, by number.

    Raises:
        NotFound: the upload was completed or aborted.
        Unsupported: the store does not tell.
    """
    try:
        with translated("list-parts"):
            pages = client(identity).get_paginator("list_parts")
            return [
                Part(each["PartNumber"], each["Size"], each["ETag"].strip('"'))
                for page in pages.paginate(Bucket=bucket(bucket_name), Key=key, UploadId=upload_id)
                for each in page.get("Parts", [])
            ]
    except StorageError as error:
        if isinstance(error, Refused) or error.reason in UNKNOWN_CALL:
            raise Unsupported(reason=error.reason) from error
        raise


def open_multiparts(identity: str, bucket_name: str, key: str) -> list[str]:
    """Return the store's ids of the multipart uploads that are open on one key."""
    with translated("list-multiparts"):
        pages = client(identity).get_paginator("list_multipart_uploads")
        return [
            each["UploadId"]
            for page in pages.paginate(Bucket=bucket(bucket_name), Prefix=key)
            for each in page.get("Uploads", [])
            if each["Key"] == key
        ]


def complete_multipart(
    identity: str, bucket_name: str, key: str, *, upload_id: str, parts: Sequence[Part]
) -> Stored:
    """Make the object out of its parts.

    Not repeated for the uploader, whose client waits and repeats the request itself.

    Raises:
        NotFound: the upload was completed or aborted.
        Refused: a part is missing or has another ETag.
    """
    listed: Any = [{"PartNumber": each.number, "ETag": f'"{each.etag}"'} for each in parts]
    patience = Patience.FINISHING if identity == "uploader" else Patience.LONG
    with translated("complete-multipart"):
        answer = client(identity, patience=patience).complete_multipart_upload(
            Bucket=bucket(bucket_name), Key=key, UploadId=upload_id, MultipartUpload={"Parts": listed}
        )
        return Stored(answer["ETag"].strip('"'), answer.get("VersionId", ""))


def abort_multipart(identity: str, bucket_name: str, key: str, *, upload_id: str) -> None:
    """Throw the upload and its parts away; one that is gone already is no error."""
    try:
        with translated("abort-multipart"):
            client(identity).abort_multipart_upload(Bucket=bucket(bucket_name), Key=key, UploadId=upload_id)
    except NotFound:
        return
