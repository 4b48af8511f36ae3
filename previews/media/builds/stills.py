"""Previews of stills: one sandboxed child decodes once and writes the WebP set; nothing of the metadata survives."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from previews.media import sandbox
from previews.media.facts import MediaFacts
from previews.media.failures import BuildFailed
from previews.media.outcome import BuildResult, Rendition, Sink
from previews.media.packaging.publishing import Published
from previews.media.recipes import POSTER_SIDE, THUMBNAILS

CHILD = Path(__file__).with_name("stills_child.py")
MAX_PIXELS = 128_000_000
"""More than any camera sensor on the market, and about a gigabyte while it is decoded."""

RENDERED = {"image/jpeg", "image/png", "image/webp", "image/tiff", "image/heic", "image/avif", "image/gif"}
STILL_RENDITIONS = ("poster", "thumbnails")
_QUALITY = 82
_LIMITS = sandbox.Limits(memory_bytes=4 * sandbox.GIB, cpu_s=300, wall_s=300.0)


@dataclass(frozen=True)
class Still:
    """A decoded still: its facts, its EXIF, and the size of every file that was made."""

    facts: MediaFacts
    exif: dict[str, Any]
    made: dict[str, tuple[int, int]]


def render_still(source: Path, *, facts: MediaFacts, scratch: Path) -> Still:
    """Write ``poster.webp`` and the thumbnails into the folder ``img`` of scratch.

    Raises: BuildFailed when the picture can't be decoded or is too large.
    """
    folder = scratch / "img"
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {"poster.webp": POSTER_SIDE} | {f"{side}.webp": side for side in THUMBNAILS}
    options = {"sizes": sizes, "max_pixels": MAX_PIXELS, "quality": _QUALITY}
    argv = sandbox.python(CHILD, str(source), str(folder), json.dumps(options))
    ended = sandbox.run(argv, read=[source, CHILD], scratch=scratch, limits=_LIMITS)
    if ended.is_killed:
        raise BuildFailed("Decoding the picture took too long and was stopped. Try again.", permanent=False)
    told: dict[str, Any] = (
        json.loads(ended.stdout) if ended.code == 0 and ended.stdout else {"error": "crashed"}
    )
    if "error" in told:
        raise BuildFailed(_reason(told), permanent=True)
    media = {
        key: told[key] for key in ("format", "mode", "frames", "has_profile", "coded_width", "coded_height")
    }
    return Still(
        facts=replace(
            facts,
            width=told["width"],
            height=told["height"],
            color={"mode": told["mode"], "icc_profile": told["has_profile"]},
            meta={"media": media, "exif": told["exif"]},
        ),
        exif=told["exif"],
        made={name: (size[0], size[1]) for name, size in told["made"].items()},
    )


def build_still(still: Still, *, published: Published, scratch: Path, sink: Sink) -> BuildResult:
    """Publish a rendered still, the poster first.

    Raises: BuildFailed when a planned picture is missing.
    """
    renditions = []
    for name, files in (("poster", ["poster.webp"]), ("thumbnails", [f"{side}.webp" for side in THUMBNAILS])):
        for file in files:
            if not published.picture(f"img/{file}", scratch / "img" / file):
                raise BuildFailed("A preview came out empty. Try again.", permanent=False)
        sink.progress(name, "succeeded", 1.0)
        width, height = still.made[files[-1]]
        renditions.append(Rendition(name, "image", width, height, tuple(f"img/{file}" for file in files)))
    meta = {"media": still.facts.meta["media"], "loudness": None, "exif": still.exif, "qc": {}}
    return BuildResult("ready", None, still.facts, meta, tuple(renditions), frozenset(published.names))


def _reason(told: dict[str, Any]) -> str:
    if told["error"] == "too_large":
        return f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels. Upload a smaller copy beside it."
    if told["error"] == "unidentified":
        return "The picture could not be recognised: it is damaged, or of a format that is not known here."
    return "The picture could not be decoded: it is damaged or cut short. Export or upload it again."
