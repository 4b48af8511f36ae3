"""Previews of documents: pages of a PDF as pictures to read, office files by way of PDF, and the first lines of texts."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from previews.media import sandbox
from previews.media.builds.office import NO_RENDERER, is_office, office_suite, printed
from previews.media.facts import MediaFacts
from previews.media.failures import BuildFailed
from previews.media.outcome import BuildRequest, BuildResult, Rendition, Sink
from previews.media.packaging.publishing import Published, is_whole_webp
from previews.media.recipes import POSTER_SIDE, THUMBNAILS

CHILD = Path(__file__).with_name("documents_child.py")
WRITING_CHILD = Path(__file__).with_name("writing_child.py")
PAGE_SIDE = 1800
"""A page of A4 at 154 dots an inch: small print can be read, and a page is some 100 kB."""

PDF = "application/pdf"
_TEXTS = {"application/json", "application/xml", "application/x-subrip", "application/ttml+xml"}
_BATCH = 10
_QUALITY = 80
_SIZES = {"poster.webp": POSTER_SIDE} | {f"{side}.webp": side for side in THUMBNAILS}
_LIMITS = sandbox.Limits(memory_bytes=2 * sandbox.GIB, cpu_s=120, wall_s=180.0)
_PAGE_LIMITS = sandbox.Limits(memory_bytes=2 * sandbox.GIB, cpu_s=30, wall_s=60.0)
_NOTES = {"Title": "title", "Author": "author", "Producer": "producer", "CreationDate": "created"}


@dataclass(frozen=True)
class _Pages:
    """A PDF that is being drawn: `shown` of its `count` pages get a picture."""

    path: Path
    count: int
    shown: int


def plan_document(facts: MediaFacts) -> tuple[str, ...]:
    """Name the renditions of a document."""
    if facts.mime == PDF or (is_office(facts.mime) and office_suite() is not None):
        return ("poster", "thumbnails", "pages")
    return ("poster", "thumbnails") if is_text(facts.mime) else ()


def is_text(mime: str) -> bool:
    """Tell whether a document is text that is shown by its first lines."""
    return mime.startswith("text/") or mime in _TEXTS


def build_document(
    request: BuildRequest, *, facts: MediaFacts, published: Published, sink: Sink
) -> BuildResult:
    """Draw and publish the pages of a document; what has no renderer ends ready, with a reason.

    Raises: BuildFailed when it is locked or damaged.
    """
    if facts.mime == PDF:
        return _build_pages(request, request.source, facts=facts, published=published, sink=sink)
    if is_office(facts.mime):
        suite = office_suite()
        if suite is not None:
            pages = printed(request.source, mime=facts.mime, scratch=request.workdir, suite=suite)
            return _build_pages(request, pages, facts=facts, published=published, sink=sink)
        return _bare(facts, sink=sink, reason=NO_RENDERER)
    if is_text(facts.mime):
        return _build_text(request, facts=facts, published=published, sink=sink)
    return _bare(facts, sink=sink, reason=None)


def _bare(facts: MediaFacts, *, sink: Sink, reason: str | None) -> BuildResult:
    sink.facts(facts)
    return BuildResult("ready", reason, facts, _meta(facts), (), frozenset())


def _meta(facts: MediaFacts) -> dict[str, Any]:
    return {"media": facts.meta.get("media", {}), "loudness": None, "exif": {}, "qc": {}}


def _build_pages(
    request: BuildRequest, pdf: Path, *, facts: MediaFacts, published: Published, sink: Sink
) -> BuildResult:
    """Publish the first page with the small pictures, then the others by tens."""
    scratch = request.workdir
    told = _ask(pdf, scratch=scratch, first=1, last=1, limits=_LIMITS)
    if "error" in told:
        raise BuildFailed(_reason(told), permanent=told["error"] != "killed")
    pages = _Pages(pdf, told["pages"], min(told["pages"], request.page_limit))
    media = {"format": "PDF", "pages": pages.count, "shown": pages.shown}
    media |= {name: told["said"][key] for key, name in _NOTES.items() if key in told["said"]}
    facts = replace(
        facts,
        width=max(1, round(told["width"])),
        height=max(1, round(told["height"])),
        meta={"media": {**facts.meta.get("media", {}), **media}},
    )
    sink.facts(facts)
    renditions = _publish_small(told["made"], published=published, scratch=scratch, sink=sink)
    published.picture("img/pages/1.webp", scratch / "img/pages/1.webp")
    missing = _publish_rest(pages, published=published, scratch=scratch, sink=sink)
    names = tuple(f"img/pages/{number}.webp" for number in range(1, pages.shown + 1) if number not in missing)
    wide, high = told["made"]["pages/1.webp"]
    renditions.append(Rendition("pages", "image", wide, high, names, {"missing": sorted(missing)}))
    reason = f"{len(missing)} of {pages.shown} pages could not be drawn." if missing else None
    return BuildResult(
        "partial" if missing else "ready",
        reason,
        facts,
        _meta(facts),
        tuple(renditions),
        frozenset(published.names),
    )


def _publish_rest(pages: _Pages, *, published: Published, scratch: Path, sink: Sink) -> set[int]:
    """Draw and publish the pages from the second on; returns those that could not be drawn."""
    missing: set[int] = set()
    for first in range(2, pages.shown + 1, _BATCH):
        last = min(first + _BATCH - 1, pages.shown)
        sink.progress("pages", "running", (first - 1) / pages.shown)
        told = _ask(pages.path, scratch=scratch, first=first, last=last, limits=_LIMITS)
        if "error" in told:  # one page spoils its batch: draw each by itself
            for number in range(first, last + 1):
                if not is_whole_webp(scratch / "img/pages" / f"{number}.webp"):
                    _ask(pages.path, scratch=scratch, first=number, last=number, limits=_PAGE_LIMITS)
        for number in range(first, last + 1):
            path = scratch / "img/pages" / f"{number}.webp"
            if path.exists() and published.picture(f"img/pages/{number}.webp", path):
                path.unlink()
            else:
                missing.add(number)
    sink.progress("pages", "succeeded", 1.0)
    return missing


def _publish_small(
    made: dict[str, Any], *, published: Published, scratch: Path, sink: Sink
) -> list[Rendition]:
    """Publish poster and thumbnails.

    Raises: BuildFailed when one is missing.
    """
    renditions = []
    for name, files in (("poster", ["poster.webp"]), ("thumbnails", [f"{side}.webp" for side in THUMBNAILS])):
        for file in files:
            if not published.picture(f"img/{file}", scratch / "img" / file):
                raise BuildFailed("A preview came out empty. Try again.", permanent=False)
        sink.progress(name, "succeeded", 1.0)
        width, height = made[files[-1]]
        renditions.append(Rendition(name, "image", width, height, tuple(f"img/{file}" for file in files)))
    return renditions


def _build_text(request: BuildRequest, *, facts: MediaFacts, published: Published, sink: Sink) -> BuildResult:
    """Count what the text has and publish its first lines as pictures."""
    (request.workdir / "img").mkdir(parents=True, exist_ok=True)
    options = {"mime": facts.mime, "sizes": _SIZES, "quality": _QUALITY}
    argv = sandbox.python(
        WRITING_CHILD, str(request.source), str(request.workdir / "img"), json.dumps(options)
    )
    ended = sandbox.run(argv, read=[request.source, WRITING_CHILD], scratch=request.workdir, limits=_LIMITS)
    if ended.code != 0 or not ended.stdout:
        raise BuildFailed("The text could not be read. Try again.", permanent=not ended.is_killed)
    told: dict[str, Any] = json.loads(ended.stdout)
    made = told.pop("made")
    language = told.pop("language", None) or _language(request.name, mime=facts.mime)
    media = {"format": "text", **told} | ({"language": language} if language else {})
    facts = replace(facts, meta={"media": {**facts.meta.get("media", {}), **media}})
    sink.facts(facts)
    renditions = _publish_small(made, published=published, scratch=request.workdir, sink=sink)
    return BuildResult("ready", None, facts, _meta(facts), tuple(renditions), frozenset(published.names))


def _language(name: str, *, mime: str) -> str | None:
    """Read the language that subtitles carry in their name: ``film.pt-BR.srt``."""
    parts = name.split(".")
    if mime not in ("application/x-subrip", "text/vtt", "application/ttml+xml") or len(parts) < 3:
        return None
    code, _, region = parts[-2].partition("-")
    is_code = len(code) in (2, 3) and code.isascii() and code.isalpha() and (not region or region.isalnum())
    return parts[-2] if is_code else None


def _ask(pdf: Path, *, scratch: Path, first: int, last: int, limits: sandbox.Limits) -> dict[str, Any]:
    options = {"first": first, "last": last, "side": PAGE_SIDE, "quality": _QUALITY, "sizes": _SIZES}
    folder = scratch / "img"
    folder.mkdir(parents=True, exist_ok=True)
    argv = sandbox.python(CHILD, str(pdf), str(folder), json.dumps(options))
    ended = sandbox.run(argv, read=[pdf, CHILD], scratch=scratch, limits=limits)
    if ended.code != 0 or not ended.stdout:
        return {"error": "killed" if ended.is_timed_out else "unreadable"}
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def _reason(told: dict[str, Any]) -> str:
    if told["error"] == "locked":
        return "The document is locked with a password. Save it without one and upload it again."
    if told["error"] == "killed":
        return "Drawing the first page took too long and was stopped. Try again."
    if told["error"] == "empty":
        return "The document has no pages."
    return "The document could not be opened: it is damaged or cut short. Export or upload it again."
