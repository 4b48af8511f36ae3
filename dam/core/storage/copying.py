"""Parts of a multipart upload that are ranges of another object: copied inside the store, or carried where it will not."""

from __future__ import annotations

import base64
import hashlib
import logging
import tempfile
from dataclasses import dataclass

from dam.core.storage.clients import Patience, bucket, client
from dam.core.storage.failures import Damaged, Refused, StorageError, translated
from dam.core.storage.multipart import UNKNOWN_CALL, Part
from dam.core.storage.reading import get_stream

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stretch:
    """Bytes `first`…`last` (both included) of an object; `bucket_name` is the role of its bucket."""

    bucket_name: str
    key: str
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self.last - self.first + 1


def copy_part(
    identity: str, bucket_name: str, key: str, *, upload_id: str, number: int, source: Stretch
) -> Part:
    """Make a stretch of another object part `number`: inside the store, or through this process where it refuses.

    Source: Ceph RGW 16.2 copies parts by the object's own list of rights alone, whatever bucket policies allow, and
    nothing for the session of a role (decision 0206). What is carried goes by way of a file, never through memory.

    Raises:
        Refused: the identity may not read the one or write the other.
    """
    try:
        return copy_inside(identity, bucket_name, key, upload_id=upload_id, number=number, source=source)
    except StorageError as error:
        if not isinstance(error, Refused) and error.reason not in UNKNOWN_CALL:
            raise
        logger.info("storage.part_carried", extra={"reason": error.reason, "number": number})
        return _carry(identity, bucket_name, key, upload_id=upload_id, number=number, source=source)


def copy_inside(
    identity: str, bucket_name: str, key: str, *, upload_id: str, number: int, source: Stretch
) -> Part:
    """Copy a stretch of another object into part `number`, inside the store.

    Raises:
        Refused: the store does not copy for this identity.
    """
    with translated("copy-part"):
        answer = client(identity, patience=Patience.LONG).upload_part_copy(
            Bucket=bucket(bucket_name),
            Key=key,
            UploadId=upload_id,
            PartNumber=number,
            CopySource={"Bucket": bucket(source.bucket_name), "Key": source.key},
            CopySourceRange=f"bytes={source.first}-{source.last}",
        )
        return Part(number, source.size, answer["CopyPartResult"]["ETag"].strip('"'))


def _carry(
    identity: str, bucket_name: str, key: str, *, upload_id: str, number: int, source: Stretch
) -> Part:
    with tempfile.TemporaryFile(prefix="part-") as file:
        digest = hashlib.md5(usedforsecurity=False)
        with get_stream(
            identity,
            source.bucket_name,
            source.key,
            first=source.first,
            last=source.last,
            patience=Patience.LONG,
        ) as reader:
            for chunk in reader.chunks():
                digest.update(chunk)
                file.write(chunk)

        def put() -> Part:
            file.seek(0)
            with translated("put-part"):
                answer = client(identity, patience=Patience.LONG).upload_part(
                    Bucket=bucket(bucket_name),
                    Key=key,
                    UploadId=upload_id,
                    PartNumber=number,
                    Body=file,
                    ContentMD5=base64.b64encode(digest.digest()).decode(),
                )
                return Part(number, source.size, answer["ETag"].strip('"'))

        try:
            return put()
        except Damaged:
            return put()
