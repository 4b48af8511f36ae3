"""Reading objects in bounded memory, with every byte counted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dam.core.storage.clients import Patience, bucket, client
from dam.core.storage.failures import Refused, Truncated, Unavailable, translated

if TYPE_CHECKING:
    from botocore.response import StreamingBody

MIB = 1024**2
CHUNK_BYTES = MIB
# A store that trickles holds a worker as surely as one that is silent: over a minute of waiting, this much.
SLOWEST_BYTES_S, GRACE_S = 16 * 1024, 60.0


class Reader:
    """An open object: read it in chunks, in a `with` block; `size` is the number of bytes to come."""

    def __init__(self, body: StreamingBody, *, size: int, version_id: str, grace_s: float = GRACE_S) -> None:
        """Take an open body of `size` bytes, which `close` gives back; `grace_s` forgives a slow beginning."""
        self.size = size
        self.version_id = version_id
        self._left = size
        self._waited_s = 0.0
        self._open = ExitStack()
        # `Any`: what lies in the body is urllib3's answer, which the stubs do not tell.
        self._raw: Any = self._open.enter_context(body)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the connection back."""
        self._open.close()

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """Return what has come, `size` bytes at most; empty at the end only.

        Raises:
            Truncated: the stream ended early.
            Unavailable: the store stopped answering, or trickles.
        """
        if not self._left:
            return b""
        begun = time.monotonic()
        with translated("read"):
            # Whatever has come: to fill a chunk, a stream that trickles would be waited for without end.
            chunk: bytes = self._raw.read1(min(size, self._left))
        self._left -= len(chunk)
        if self._left and not chunk:
            raise Truncated(reason="short-read")
        self._waited_s += time.monotonic() - begun
        if self._waited_s > GRACE_S + (self.size - self._left) / SLOWEST_BYTES_S:
            raise Unavailable(reason="too-slow")
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

    A silent store is waited for long for a whole object, and briefly for a range: people wait for those.

    Raises:
        NotFound: there is no such object or version.
        Refused: the store answered with another range than was asked for.
    """
    extra: Any = {"VersionId": version_id} if version_id else {}
    if first is not None:
        extra["Range"] = f"bytes={first}-{'' if last is None else last}"
    patience = Patience.LONG if first is None else Patience.QUICK
    with translated("get"):
        answer = client(identity, patience=patience).get_object(Bucket=bucket(bucket_name), Key=key, **extra)
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
