"""One frame of a version as a still, cut when it is first asked for and kept beside the other pictures."""

from __future__ import annotations

import shutil
import tempfile
from fractions import Fraction
from pathlib import Path

from django.conf import settings

from assets.models import Version
from dam.core import storage
from dam.core.access import Actor
from dam.core.errors import Conflict, NotFound
from previews.media.builds.frames import FRAME_TYPE, FrameMissing, FrameUnreadable, cut_frame
from previews.media.packaging.proxy_index import Extent, IndexCut, IndexMissing, extent_of_frame
from previews.models import Preview
from previews.queries import PROXY, addresses_of, previews_of
from previews.services.publishing import IMMUTABLE, object_prefix

IDENTITY = "gpu-writer"
#: The index of a proxy of some minutes fits into this; for a longer one it is asked for as a whole.
HEAD_BYTES, INDEX_TRIES = 256 * 1024, 4


class FrameNotReady(Conflict):
    """There is no proxy to cut the frame from, now or at all."""

    code, title = "preview-not-ready", "The previews that this frame is cut from are not there yet."


def frame_url(actor: Actor, *, version: Version, number: int) -> str:
    """Return the signed address of frame `number` of a version, cutting it from the proxy if nobody has yet.

    Frames count from 0.

    Raises:
        NotFound: the version has no frames, or fewer.
        FrameNotReady: its proxy is still being made, or could not be.
    """
    if version.kind != "video" or (version.frame_count is not None and number >= version.frame_count):
        raise NotFound
    preview = previews_of([version.sha256]).get(version.sha256)
    if preview is None or PROXY not in preview.published or version.frame_rate is None:
        raise FrameNotReady
    name = f"img/frames/{number}.webp"
    prefix = object_prefix(preview.organization_id, generation=preview.generation)
    key = f"{prefix}img/{version.sha256}/frames/{number}.webp"
    if not _exists(key):
        _cut(preview, number=number, rate=Fraction(version.frame_rate), key=key)
    return addresses_of(actor, preview).url(name)


def _exists(key: str) -> bool:
    try:
        storage.head(IDENTITY, "previews", key)
    except storage.NotFound:
        return False
    return True


def _cut(preview: Preview, *, number: int, rate: Fraction, key: str) -> None:
    """Cut the frame and store it; whoever does so at the same time writes the same picture."""
    prefix = object_prefix(preview.organization_id, generation=preview.generation)
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    directory = Path(tempfile.mkdtemp(prefix="frame-", dir=settings.SCRATCH_DIR))
    try:
        proxy, still = directory / "proxy.mp4", directory / "frame.webp"
        _fetch_around(f"{prefix}mp4/{preview.sha256}/proxy.mp4", number=number, target=proxy)
        cut_frame(proxy, number=number, rate=rate, out=still)
        storage.put_file(IDENTITY, "previews", key, still, content_type=FRAME_TYPE, cache_control=IMMUTABLE)
    except (FrameMissing, IndexMissing):
        raise NotFound from None
    except FrameUnreadable as error:
        raise FrameNotReady("The frame could not be cut from the proxy just now.") from error
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _fetch_around(key: str, *, number: int, target: Path) -> None:
    """Write the parts of a proxy that a frame is decoded from into a file with holes, as long as the proxy.

    Raises:
        IndexMissing: it has no such frame.
    """
    size = storage.head(IDENTITY, "previews", key).size
    head = _read(key, Extent(0, min(HEAD_BYTES, size)))
    extents = []
    for _ in range(INDEX_TRIES):
        try:
            extents = extent_of_frame(head, number=number)
            break
        except IndexCut as cut:
            head += _read(key, Extent(len(head), min(cut.needed, size)))
    with target.open("wb") as file:
        file.truncate(size)
        file.write(head)
        for each in extents:
            file.seek(each.start)
            file.write(_read(key, each))


def _read(key: str, extent: Extent) -> bytes:
    if extent.end <= extent.start:
        return b""
    with storage.get_stream(IDENTITY, "previews", key, first=extent.start, last=extent.end - 1) as reader:
        return b"".join(reader.chunks())
