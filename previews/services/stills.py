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
from dam.core.web import limits
from dam.core.web.limits import Rate
from previews.media.builds.frames import FRAME_TYPE, FrameMissing, FrameUnreadable, cut_frame
from previews.media.packaging.proxy_index import Extent, IndexCut, IndexMissing, extent_of_frame
from previews.models import MarkedCopy
from previews.queries import PROXY, addresses_of, marked_film, previews_of
from previews.services.publishing import IMMUTABLE, object_prefix

IDENTITY = "gpu-writer"
#: The index of a proxy of some minutes fits into this; for a longer one it is asked for as a whole.
HEAD_BYTES, INDEX_TRIES = 256 * 1024, 4
#: New frames that one viewer may have cut; those that are cut already cost next to nothing.
CUT_BY_ONE_VIEWER = Rate(300, 60)


class FrameNotReady(Conflict):
    """There is no proxy to cut the frame from, now or at all."""

    code, title = "preview-not-ready", "The previews that this frame is cut from are not there yet."


def frame_url(actor: Actor, *, version: Version, number: int) -> str:
    """Return the signed address of frame `number` of a version, cutting it from the proxy if nobody has yet.

    Frames count from 0. The guest of a watermarked share gets the frame of the marked copy.

    Raises:
        NotFound: the version has no frames, or fewer.
        FrameNotReady: its proxy is still being made, or could not be.
        TooManyRequests: one viewer has had too many frames cut that nobody had asked for before.
    """
    if version.kind != "video" or (version.frame_count is not None and number >= version.frame_count):
        raise NotFound
    is_marked = actor.share is not None and actor.share.watermark
    source = marked_film(actor, version) if is_marked else previews_of([version.sha256]).get(version.sha256)
    if source is None or PROXY not in source.published or version.frame_rate is None:
        raise FrameNotReady
    still_of(
        object_prefix(source.organization_id, generation=source.generation),
        digest=source.digest if isinstance(source, MarkedCopy) else source.sha256,
        number=number,
        rate=Fraction(version.frame_rate),
        payer=_viewer(actor),
        most=CUT_BY_ONE_VIEWER,
    )
    return addresses_of(actor, source).url(f"img/frames/{number}.webp")


def still_of(prefix: str, *, digest: str, number: int, rate: Fraction, payer: str, most: Rate) -> None:
    """See to it that a frame lies beside the pictures of a digest; whoever has it cut pays for it.

    Shapes: `prefix` is the folder of a generation, with its slash.

    Raises:
        NotFound: the proxy has fewer frames.
        FrameNotReady: it cannot be read just now.
        TooManyRequests: the payer has had too many frames cut.
    """
    key = f"{prefix}img/{digest}/frames/{number}.webp"
    if not _exists(key):
        limits.spend("frames", {f"frames:{payer}": most})
        _cut(f"{prefix}mp4/{digest}/proxy.mp4", number=number, rate=rate, key=key)


def _viewer(actor: Actor) -> str:
    """Name whoever pays for a cut: a person, or a guest's address at one share."""
    share = actor.share
    return f"{share.share_id}:{limits.address_key(actor.ip)}" if share else f"{actor.kind}:{actor.id}"


def _exists(key: str) -> bool:
    try:
        storage.head(IDENTITY, "previews", key)
    except storage.NotFound:
        return False
    return True


def _cut(proxy_key: str, *, number: int, rate: Fraction, key: str) -> None:
    """Cut the frame and store it; whoever does so at the same time writes the same picture."""
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    directory = Path(tempfile.mkdtemp(prefix="frame-", dir=settings.SCRATCH_DIR))
    try:
        proxy, still = directory / "proxy.mp4", directory / "frame.webp"
        _fetch_around(proxy_key, number=number, target=proxy)
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
