"""Where a mirror lies: a directory below an allowed root, or a prefix of the docs bucket. No database here.

A directory is walked by descriptors and never through a link, so nothing outside the mirror's own folder can be
touched, whatever somebody puts there. Source: openat(2), O_NOFOLLOW.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from dam.core import storage

MANIFEST = "manifest.jsonl"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
_TYPES = {".url": "application/internet-shortcut", ".json": "application/json"}


class TreeFault(Exception):
    """The tree cannot be written as it stands; says why, in words for an operator."""


class Tree(Protocol):
    """A place that files are put into by relative paths."""

    def holds(self, path: str) -> bool:
        """Tell whether something lies there that a write would replace."""

    def write(self, path: str, pieces: Iterable[bytes], *, word: str) -> None:
        """Put a file there, whole or not at all; `word` names it while it is on its way."""

    def remove(self, path: str) -> None:
        """Take a file away, and folders that it leaves empty; what is not there is no error."""


class DirectoryTree:
    """A folder of the mirror's own below a root that must be there."""

    def __init__(self, root: Path, inside: Sequence[str]) -> None:
        """Take the allowed root, and the folders below it that are the mirror's own."""
        self._root, self._inside = root, tuple(inside)

    def holds(self, path: str) -> bool:
        """Tell whether anything lies there, a link too."""
        *folders, name = path.split("/")
        try:
            with self._folder(folders) as folder:
                os.lstat(name, dir_fd=folder)
        except FileNotFoundError:
            return False
        return True

    def write(self, path: str, pieces: Iterable[bytes], *, word: str) -> None:
        """Write beside its place and rename: readers see the old file or the new one, never half of either."""
        *folders, name = path.split("/")
        part = f".part-{word}"
        with self._folder(folders, makes=True) as folder:
            with suppress(FileNotFoundError):
                os.unlink(part, dir_fd=folder)
            with ExitStack() as undo:
                descriptor = os.open(part, _FRESH, 0o644, dir_fd=folder)
                undo.callback(os.unlink, part, dir_fd=folder)
                with os.fdopen(descriptor, "wb") as file:
                    file.writelines(pieces)
                    file.flush()
                    os.fsync(file.fileno())
                _rename(part, name, folder=folder, path=path)
                undo.pop_all()

    def remove(self, path: str) -> None:
        """Take a plain file away, never a link's target; then the folders that are empty."""
        *folders, name = path.split("/")
        try:
            with self._folder(folders) as folder:
                if not stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode):
                    os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            pass
        for depth in range(len(folders), 0, -1):
            try:
                with self._folder(folders[: depth - 1]) as above:
                    os.rmdir(folders[depth - 1], dir_fd=above)
            except FileNotFoundError:
                continue
            except OSError as error:
                if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
                    return
                raise

    @contextmanager
    def _folder(self, folders: Sequence[str], *, makes: bool = False) -> Iterator[int]:
        """Open a folder below the mirror's own, part by part and through no link.

        Raises:
            TreeFault: the root is not there, or something else stands where a folder belongs.
            FileNotFoundError: a folder is not there and must not be made.
        """
        try:
            held = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            raise TreeFault("The mirror's root is not there.") from None
        try:
            for part in (*self._inside, *folders):
                below = _step(held, part, makes=makes)
                os.close(held)
                held = below
            yield held
        finally:
            os.close(held)


def _rename(part: str, name: str, *, folder: int, path: str) -> None:
    try:
        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    except IsADirectoryError:
        raise TreeFault(f"A folder stands where a file belongs: {path}") from None


def _step(above: int, part: str, *, makes: bool) -> int:
    if part in {"", ".", ".."} or "/" in part:
        raise TreeFault("A path leads outside.")
    if makes:
        with suppress(FileExistsError):
            os.mkdir(part, 0o755, dir_fd=above)
    try:
        return os.open(part, _FOLDER, dir_fd=above)
    except NotADirectoryError:
        raise TreeFault(f"A file or a link stands where a folder belongs: {part}") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise TreeFault(f"A file or a link stands where a folder belongs: {part}") from None
        raise


class PrefixTree:
    """Objects below a prefix of the docs bucket that nobody else writes."""

    def __init__(self, prefix: str) -> None:
        """Take the mirror's own prefix, with a slash at its end."""
        self.prefix = prefix

    def holds(self, path: str) -> bool:
        """Nothing lies here that the mirror does not know of."""
        return False

    def write(self, path: str, pieces: Iterable[bytes], *, word: str) -> None:
        """Write the object; a store shows it whole or not at all."""
        content_type = _TYPES.get(path[path.rfind(".") :], "application/octet-stream")
        with tempfile.NamedTemporaryFile(prefix="mirror-") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            storage.put_file(
                "promoter", "docs", self.prefix + path, Path(file.name), content_type=content_type
            )

    def remove(self, path: str) -> None:
        """Delete the object."""
        storage.delete("promoter", "docs", self.prefix + path)
