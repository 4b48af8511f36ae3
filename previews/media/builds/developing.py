"""Sources that the still's own child can't open become one plain picture first, each in a sandboxed child of its own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from previews.media import sandbox
from previews.media.failures import BuildFailed
from previews.media.recipes import POSTER_SIDE
from previews.media.tools import ffmpeg

_HERE = Path(__file__).parent
RAW_CHILD, DRAWING_CHILD = _HERE / "raw_child.py", _HERE / "drawing_child.py"
SCENE_CHILD, COMPOSITE_CHILD = _HERE / "scene_child.py", _HERE / "composite_child.py"
SIDE = 2 * POSTER_SIDE
"""Twice what is shown at most, so that the last step of shrinking is still a good one."""

_CHILDREN = {
    "image/svg+xml": DRAWING_CHILD,
    "image/vnd.adobe.photoshop": COMPOSITE_CHILD,
}
_DEMUXERS = {
    "image/x-exr": ("exr_pipe", "exr"),
    "image/vnd.radiance": ("hdr_pipe", "hdr"),
    "image/x-dpx": ("dpx_pipe", "dpx"),
}
_FALLBACKS = {
    "image/tiff": ("tiff_pipe", "tiff"),
    "image/jp2": ("j2k_pipe", "jpeg2000"),
    "image/bmp": ("bmp_pipe", "bmp"),
    "image/vnd.adobe.photoshop": ("psd_pipe", "psd"),
}
"""What libav reads of the kinds that Pillow, or our own reader, reads most of."""
_LIMITS = sandbox.Limits(memory_bytes=4 * sandbox.GIB, file_bytes=sandbox.GIB, cpu_s=300, wall_s=300.0)
_PLAIN = {
    *("image/jpeg", "image/png", "image/webp", "image/tiff", "image/heic", "image/avif", "image/gif"),
    *("image/bmp", "image/jp2", "image/x-tga"),
}


@dataclass(frozen=True)
class Developed:
    """A plain picture that stands for its source.

    `width` x `height` are the source's own, upright, and `mode` its own, where the picture itself does not tell.
    """

    path: Path
    width: int | None
    height: int | None
    format: str
    mode: str | None
    notes: dict[str, Any]


def is_rendered(mime: str) -> bool:
    """Tell whether pictures are made of this media type."""
    return mime in _PLAIN or mime in _CHILDREN or mime in {*_DEMUXERS, "image/jxl"} or is_camera_raw(mime)


def is_camera_raw(mime: str) -> bool:
    """Tell whether this is a camera's raw file, whose media type is made of its extension."""
    return mime.startswith("image/x-") and mime not in _DEMUXERS and mime != "image/x-tga"


def develop(source: Path, *, mime: str, scratch: Path, max_pixels: int) -> Developed | None:
    """Make a plain picture of a source that needs it; None where the source is one already.

    Raises: BuildFailed when it can't be read or is too large.
    """
    if is_camera_raw(mime):
        return _photograph(source, scratch=scratch, max_pixels=max_pixels)
    if mime in _DEMUXERS:
        return _decode(_DEMUXERS[mime], source, scratch=scratch, max_pixels=max_pixels)
    if mime == "image/jxl":
        return _convert(source, scratch=scratch, max_pixels=max_pixels)
    if mime not in _CHILDREN:
        return None
    try:
        return _run(_CHILDREN[mime], source, scratch=scratch, max_pixels=max_pixels)
    except BuildFailed:
        found = develop_otherwise(source, mime=mime, scratch=scratch, max_pixels=max_pixels)
        if found is None:
            raise
        return found


def _photograph(source: Path, *, scratch: Path, max_pixels: int) -> Developed | None:
    """Develop a camera's raw file; None where LibRaw does not know it, for it may hold a picture that others find."""
    try:
        return _run(RAW_CHILD, source, scratch=scratch, max_pixels=max_pixels)
    except BuildFailed as failure:
        if not failure.permanent:
            raise
        return None


def develop_otherwise(source: Path, *, mime: str, scratch: Path, max_pixels: int) -> Developed | None:
    """Try libav where the first reader gave up; None where it can't help."""
    if mime not in _FALLBACKS:
        return None
    try:
        return _decode(_FALLBACKS[mime], source, scratch=scratch, max_pixels=max_pixels)
    except BuildFailed:
        return None


def _decode(opener: tuple[str, str], source: Path, *, scratch: Path, max_pixels: int) -> Developed:
    demuxer, codecs = opener
    return _run(SCENE_CHILD, source, scratch=scratch, max_pixels=max_pixels, demuxer=demuxer, codecs=codecs)


def _convert(source: Path, *, scratch: Path, max_pixels: int) -> Developed:
    """Have ffmpeg itself make a PNG: the decoder of JPEG XL is there and not in PyAV's libraries."""
    out = scratch / "developed.png"
    tool = ffmpeg()
    argv = [
        *(str(tool), "-v", "error", "-nostdin", "-threads", "1", "-protocol_whitelist", "file"),
        *("-format_whitelist", "jpegxl_pipe", "-codec_whitelist", "libjxl", "-max_pixels", str(max_pixels)),
        *("-f", "jpegxl_pipe", "-i", f"file:{source}", "-frames:v", "1", "-update", "1", f"file:{out}"),
    ]
    ended = sandbox.run(argv, read=[source], scratch=scratch, limits=_LIMITS)
    if ended.code != 0 or not out.exists():
        raise BuildFailed(UNREADABLE, permanent=True)
    return Developed(out, None, None, "JXL", None, {})


def _run(child: Path, source: Path, *, scratch: Path, max_pixels: int, **options: str) -> Developed:
    out = scratch / "developed"
    said = json.dumps({"side": SIDE, "max_pixels": max_pixels, **options})
    argv = sandbox.python(child, str(source), str(out), said)
    ended = sandbox.run(argv, read=[source, child], scratch=scratch, limits=_LIMITS)
    if ended.is_timed_out:
        raise BuildFailed("Decoding the picture took too long and was stopped. Try again.", permanent=False)
    told: dict[str, Any] = (
        json.loads(ended.stdout) if ended.code == 0 and ended.stdout else {"error": "crashed"}
    )
    if told.get("error") == "too_large":
        raise BuildFailed(too_large(max_pixels), permanent=True)
    if "error" in told or not out.exists():
        raise BuildFailed(UNREADABLE, permanent=True)
    known = {"width", "height", "format", "mode"}
    return Developed(
        path=out,
        width=told["width"],
        height=told["height"],
        format=told["format"],
        mode=told.get("mode"),
        notes={key: value for key, value in told.items() if key not in known},
    )


UNREADABLE = "The picture could not be decoded: it is damaged or cut short. Export or upload it again."


def too_large(max_pixels: int) -> str:
    """Say that a picture has too many pixels."""
    return f"The picture has more than {max_pixels // 1_000_000} megapixels. Upload a smaller copy beside it."
