"""Multipart uploads that nobody has finished yet, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dam.core.storage.clients import bucket, client
from dam.core.storage.failures import translated


@dataclass(frozen=True)
class OpenMultipart:
    """A multipart upload that was neither completed nor aborted yet."""

    key: str
    upload_id: str
    initiated_at: datetime


def multiparts_under(identity: str, bucket_name: str, prefix: str) -> Iterator[OpenMultipart]:
    """Yield every multipart upload that is open below a prefix, a page at a time."""
    with translated("list-multiparts"):
        pages = client(identity).get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=bucket(bucket_name), Prefix=prefix):
            for each in page.get("Uploads", []):
                yield OpenMultipart(each["Key"], each["UploadId"], each["Initiated"])
