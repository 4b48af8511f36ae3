"""Reading objects in bounded memory, with every byte counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dam.core.storage.clients import Patience, bucket, client
from dam.core.storage.failures import NotFound, Refused, Truncated, Unavailable, translated

if TYPE_CHECKING:
    from botocore.response import StreamingBody

MIB = 1024**2
# Small enough to be taken from the heap that workers keep: larger blocks are mapped and unmapped for every chunk, page
# fault by page fault, which cost a worker more than the SHA-256 of what came (decision 0168).
CHUNK_BYTES = 256 * 1024
# A store that trickles holds a worker as surely as one that is silent: over a minute of waiting, this much.
SLOWEST_BYTES_S, GRACE_S = 16 * 1024, 60.0
# A stream that breaks off goes on where it broke off: so often without getting further than this. A store that was
# silent for longer is away, and whoever reads knows better how long to wait for it.
MOST_RESUMED, FURTHER_BYTES, SILENCE_S = 4, 4 * MIB, 5.0


class Reader:
    """An open object: read it in chunks, in a `with` block; `size` is the number of bytes to come."""

    def __init__(
        self,
        body: StreamingBody,
        *,
        size: int,
        version_id: str,
        reopen: Callable[[int], StreamingBody] | None = None,
        whole_size: int | None = None,
        etag: str = "",
    ) -> None:
        """Take an open body of `size` bytes, which `close` gives back; `reopen` opens what comes after so many.

        `whole_size` is the number of bytes that the object has, None where the store does not say it with a range.
        """
        self.size, self.whole_size = size, whole_size
        self.version_id, self.etag = version_id, etag
        self._left = size
        self._waited_s = 0.0
        self._reopen = reopen
        self._resumed, self._resumed_at = 0, 0
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
        self.close()

    def close(self) -> None:
        """Give the connection back; again is no error."""
        self._open.close()

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """Return what has come, `size` bytes at most; empty at the end only.

        A stream that breaks off is opened again where it broke off, as long as that leads further.

        Raises:
            Truncated: the stream ended early, again and again.
            Unavailable: the store stopped answering, or trickles.
        """
        chunk = b""
        while self._left and not chunk:
            begun = time.monotonic()
            try:
                chunk = self._next(size)
            except Unavailable as error:
                self._resume(error, silent_s=time.monotonic() - begun)
            self._left -= len(chunk)
            self._waited_s += time.monotonic() - begun
            if self._waited_s > GRACE_S + (self.size - self._left) / SLOWEST_BYTES_S:
                raise Unavailable(reason="too-slow")
        return chunk

    def _next(self, size: int) -> bytes:
        with translated("read"):
            # Whatever has come: to fill a chunk, a stream that trickles would be waited for without end.
            chunk: bytes = self._raw.read1(min(size, self._left))
        if not chunk:
            raise Truncated(reason="short-read")
        return chunk

    def _resume(self, error: Unavailable, *, silent_s: float) -> None:
        """Open the rest of the very same object, or raise what broke the stream off."""
        read = self.size - self._left
        if read - self._resumed_at >= FURTHER_BYTES:
            self._resumed = 0
        if self._reopen is None or silent_s > SILENCE_S or self._resumed == MOST_RESUMED:
            raise error
        self._resumed, self._resumed_at = self._resumed + 1, read
        self._open.close()
        try:
            self._raw = self._open.enter_context(self._reopen(read))
        except (Refused, NotFound):
            # No ranges here, or other bytes by now: what was begun cannot be ended.
            raise error from None

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
    etag: str = "",
    patience: Patience | None = None,
) -> Reader:
    """Open an object, one version of it, or its bytes `first`…`last` (both included), of that `etag` if one is given.

    A silent store is waited for long for a whole object, and briefly for a range: people wait for those; `patience`
    says otherwise.

    Raises:
        NotFound: there is no such object or version.
        Refused: the store answered with another range than was asked for, or the object has another `etag`.
    """
    reading = client(identity, patience=patience or (Patience.LONG if first is None else Patience.QUICK))
    place = {"Bucket": bucket(bucket_name), "Key": key} | ({"VersionId": version_id} if version_id else {})
    answer = _get(reading, place | ({"IfMatch": etag} if etag else {}), first=first, last=last)
    size = answer["ContentLength"]

    def reopen(read: int) -> StreamingBody:
        start = (first or 0) + read
        # The very bytes that were begun with: the key may have another version by now.
        same = {} if version_id else {"IfMatch": answer["ETag"]}
        body: StreamingBody = _get(reading, place | same, first=start, last=(first or 0) + size - 1)["Body"]
        return body

    return Reader(
        answer["Body"],
        size=size,
        version_id=answer.get("VersionId", ""),
        reopen=reopen,
        whole_size=_whole_size(answer) if first is not None else size,
        etag=answer.get("ETag", ""),
    )


def _get(reading: Any, wanted: dict[str, str], *, first: int | None, last: int | None) -> Mapping[str, Any]:
    """Ask for an object or a range of it; a store that brings another range is refused."""
    if first is not None:
        wanted |= {"Range": f"bytes={first}-{'' if last is None else last}"}
    with translated("get"):
        answer: Mapping[str, Any] = reading.get_object(**wanted)
    if first is not None and not answer.get("ContentRange", "").startswith(f"bytes {first}-"):
        answer["Body"].close()
        raise Refused(reason="range-ignored")
    return answer


def _whole_size(answer: Mapping[str, Any]) -> int | None:
    """Return how long the object is that an answer brings a range of; None where it does not say (`*`, RFC 9110)."""
    total = answer.get("ContentRange", "").rpartition("/")[2]
    return int(total) if total.isdecimal() else None


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
