"""Previews of stills: one sandboxed child decodes once and writes the WebP set; nothing of the metadata survives."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from previews.media import sandbox
from previews.media.builds.developing import (
    UNREADABLE,
    Developed,
    develop,
    develop_otherwise,
    too_large,
)
from previews.media.facts import MediaFacts
from previews.media.failures import BuildFailed
from previews.media.outcome import BuildResult, Rendition, Sink
from previews.media.packaging.publishing import Published
from previews.media.recipes import POSTER_SIDE, THUMBNAILS

CHILD = Path(__file__).with_name("stills_child.py")
BESIDE = Path(__file__).with_name("tonemapping.py")
MAX_PIXELS = 128_000_000
"""More than any camera sensor on the market, and about a gigabyte while it is decoded."""

STILL_RENDITIONS = ("poster", "thumbnails")
_QUALITY = 80
_TOLD = ("format", "mode", "frames", "has_profile", "coded_width", "coded_height", "developed")
_LIMITS = sandbox.Limits(memory_bytes=4 * sandbox.GIB, cpu_s=300, wall_s=300.0)


@dataclass(frozen=True)
class Still:
    """A decoded still: its facts, and the size of every file that was made."""

    facts: MediaFacts
    made: dict[str, tuple[int, int]]


def render_still(source: Path, *, facts: MediaFacts, scratch: Path) -> Still:
    """Write ``poster.webp`` and the thumbnails into the folder ``img`` of scratch.

    Raises: BuildFailed when the picture can't be decoded or is too large.
    """
    developed = develop(source, mime=facts.mime, scratch=scratch, max_pixels=MAX_PIXELS)
    try:
        told = _render(developed.path if developed else source, scratch=scratch)
    except BuildFailed:
        developed = developed or develop_otherwise(
            source, mime=facts.mime, scratch=scratch, max_pixels=MAX_PIXELS
        )
        if developed is None:
            raise
        told = _render(developed.path, scratch=scratch)
    if developed is not None:
        told |= _of_source(developed)
    media = {key: told[key] for key in _TOLD if key in told}
    return Still(
        facts=replace(
            facts,
            width=told["width"],
            height=told["height"],
            color={
                "mode": told["mode"],
                "icc_profile": told["has_profile"],
                "profile": told["profile"],
                "hdr": told["is_high"],
                "tone_mapped": told["is_high"],
            },
            meta={"media": media},
        ),
        made={name: (size[0], size[1]) for name, size in told["made"].items()},
    )


def _of_source(developed: Developed) -> dict[str, Any]:
    """Say of the developed picture what is true of its source."""
    told: dict[str, Any] = {"format": developed.format, "frames": 1, **developed.notes}
    if developed.mode is not None:
        told["mode"] = developed.mode
    if developed.width is not None and developed.height is not None:
        width, height = developed.width, developed.height
        told |= {"width": width, "height": height, "coded_width": width, "coded_height": height}
    return told


def _render(source: Path, *, scratch: Path) -> dict[str, Any]:
    """Have the child write the set.

    Raises: BuildFailed when it can't.
    """
    folder = scratch / "img"
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {"poster.webp": POSTER_SIDE} | {f"{side}.webp": side for side in THUMBNAILS}
    options = {"sizes": sizes, "max_pixels": MAX_PIXELS, "quality": _QUALITY}
    argv = sandbox.python(CHILD, str(source), str(folder), json.dumps(options))
    ended = sandbox.run(argv, read=[source, CHILD, BESIDE], scratch=scratch, limits=_LIMITS)
    if ended.is_killed:
        raise BuildFailed("Decoding the picture took too long and was stopped. Try again.", permanent=False)
    told: dict[str, Any] = (
        json.loads(ended.stdout) if ended.code == 0 and ended.stdout else {"error": "crashed"}
    )
    if "error" in told:
        raise BuildFailed(_reason(told), permanent=True)
    return told


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
    meta = {"media": still.facts.meta["media"], "loudness": None, "exif": {}, "qc": {}}
    return BuildResult("ready", None, still.facts, meta, tuple(renditions), frozenset(published.names))


def _reason(told: dict[str, Any]) -> str:
    if told["error"] == "too_large":
        return too_large(MAX_PIXELS)
    if told["error"] == "unidentified":
        return "The picture could not be recognised: it is damaged, or of a format that is not known here."
    return UNREADABLE
