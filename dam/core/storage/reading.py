"""Reading objects in bounded memory, with every byte counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dam.core.storage.clients import bucket, client
from dam.core.storage.failures import Refused, Truncated, translated

if TYPE_CHECKING:
    from botocore.response import StreamingBody

MIB = 1024**2
CHUNK_BYTES = MIB


class Reader:
    """An open object: read it in chunks, in a `with` block; `size` is the number of bytes to come."""

    def __init__(self, body: StreamingBody, *, size: int, version_id: str) -> None:
        """Take an open body of `size` bytes, which `close` gives back."""
        self.size = size
        self.version_id = version_id
        self._body = body
        self._left = size

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the connection back."""
        self._body.close()

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """Return up to `size` bytes, empty at the end.

        Raises:
            Truncated: the stream ended early.
            Unavailable: the store stopped answering.
        """
        with translated("read"):
            chunk = self._body.read(min(size, self._left)) if self._left else b""
        self._left -= len(chunk)
        if self._left and not chunk:
            raise Truncated(reason="short-read")
        return chunk

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Yield the whole object in chunks of at most `size` bytes."""
        while chunk := self.read(size):
            yield chunk


def get_stream(
    identity: str,
    bucket_name: str,
    key: str,
    *,
    version_id: str | None = None,
    first: int | None = None,
    last: int | None = None,
) -> Reader:
    """Open an object, one version of it, or its bytes `first`…`last` (both included).

    Raises:
        NotFound: there is no such object or version.
        Refused: the store answered with another range than was asked for.
    """
    extra: Any = {"VersionId": version_id} if version_id else {}
    if first is not None:
        extra["Range"] = f"bytes={first}-{'' if last is None else last}"
    with translated("get"):
        answer = client(identity).get_object(Bucket=bucket(bucket_name), Key=key, **extra)
    size = answer["ContentLength"]
    if first is not None and not answer.get("ContentRange", "").startswith(f"bytes {first}-"):
        raise Refused(reason="range-ignored")
    return Reader(answer["Body"], size=size, version_id=answer.get("VersionId", ""))


def get_bytes(
    identity: str, bucket_name: str, key: str, *, version_id: str | None = None, most: int = 16 * MIB
) -> bytes:
    """Return a small object whole.

    Raises:
        Refused: it is larger than `most` bytes.
    """
    with get_stream(identity, bucket_name, key, version_id=version_id) as reader:
        if reader.size > most:
            raise Refused(reason="too-large")
        return b"".join(reader.chunks())


def download(identity: str, bucket_name: str, key: str, path: Path, *, version_id: str | None = None) -> int:
    """Write an object to a file and return its length in bytes."""
    with get_stream(identity, bucket_name, key, version_id=version_id) as reader, path.open("wb") as target:
        for chunk in reader.chunks():
            target.write(chunk)
        return reader.size
