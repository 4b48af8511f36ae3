"""Reading whole objects as fast as the store gives them: while one range is read, the next is on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from dam.core.storage.clients import Patience
from dam.core.storage.failures import Refused
from dam.core.storage.reading import CHUNK_BYTES, MIB, Reader, get_stream

# The next range is open before this one is read, so the store fills its connection while the reader hashes. Ranges of
# a few MiB cost more in requests than they gain (decision 0168).
PIECE_BYTES = 32 * MIB


class WholeReader:
    """A whole object, to be read once in a `with` block; `size` is its number of bytes."""

    def __init__(self, begun: Reader, *, size: int, follow: Callable[[int], Reader]) -> None:
        """Take the open beginning of an object of `size` bytes; `follow` opens the range that begins at a byte."""
        self.size = size
        self._open = [begun]
        self._follow = follow

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the connections back."""
        for each in self._open:
            each.close()

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Yield the object in chunks of at most `size` bytes.

        Raises:
            Truncated: a range ended early, again and again.
            Unavailable: the store stopped answering, or trickles.
            Refused: the object has become another one meanwhile.
        """
        opened = self._open[0].size
        while self._open:
            if opened < self.size:
                self._open.append(self._follow(opened))
                opened += self._open[-1].size
            yield from self._open[0].chunks(size)
            self._open.pop(0).close()


def get_whole(
    identity: str, bucket_name: str, key: str, *, version_id: str | None = None, piece: int = PIECE_BYTES
) -> WholeReader:
    """Open an object, or one version of it, to be read whole in ranges of `piece` bytes.

    A store that knows no ranges, or does not say with one how long the object is, gives it in one.

    Raises:
        NotFound: there is no such object or version.
    """

    def open_at(first: int, etag: str) -> Reader:
        opened = get_stream(
            identity,
            bucket_name,
            key,
            version_id=version_id,
            first=first,
            last=first + piece - 1,
            etag=etag,
            patience=Patience.LONG,
        )
        if opened.whole_size is None:
            opened.close()
            raise Refused(reason="length-unknown")
        return opened

    try:
        begun = open_at(0, "")
    except Refused:
        begun = get_stream(identity, bucket_name, key, version_id=version_id)
    # Another version may come under the key meanwhile, and then the rest would be of other bytes.
    same = "" if version_id else begun.etag
    size = begun.size if begun.whole_size is None else begun.whole_size
    return WholeReader(begun, size=size, follow=lambda first: open_at(first, same))


def download(identity: str, bucket_name: str, key: str, path: Path, *, version_id: str | None = None) -> int:
    """Write an object to a file and return its length in bytes."""
    with get_whole(identity, bucket_name, key, version_id=version_id) as reader, path.open("wb") as target:
        for chunk in reader.chunks():
            target.write(chunk)
        return reader.size
