"""What a file says of itself: EXIF, IPTC, XMP, EBUCore, and the package that it is a part of."""

import json
from pathlib import Path
from typing import Any

from previews.media import sandbox
from previews.media.facts import MediaFacts

CHILD = Path(__file__).with_name("metadata_child.py")
PACKAGES_CHILD = Path(__file__).with_name("packages_child.py")
_LIMITS = sandbox.Limits(memory_bytes=2 * sandbox.GIB, cpu_s=60, wall_s=120.0)
_READ = {"image", "video", "audio"}
_PACKAGED = {"application/xml", "application/mxf"}


def read_metadata(source: Path, *, facts: MediaFacts, scratch: Path) -> dict[str, Any]:
    """Return the keys ebucore, exif, iptc, xmp and package of a version's `meta`; what cannot be read is left out.

    A file whose metadata is damaged still has its previews, so nothing is raised.
    """
    found: dict[str, Any] = {}
    if facts.kind in _READ:
        found = _told(CHILD, source, {"kind": facts.kind, "mime": facts.mime}, scratch=scratch) or {}
    if facts.mime in _PACKAGED:
        found["package"] = _told(PACKAGES_CHILD, source, {"mime": facts.mime}, scratch=scratch)
    return {key: storable(value) for key, value in found.items() if value}


def _told(child: Path, source: Path, options: dict[str, str], *, scratch: Path) -> dict[str, Any] | None:
    argv = sandbox.python(child, str(source), json.dumps(options))
    ended = sandbox.run(argv, read=[source, child], scratch=scratch, limits=_LIMITS)
    try:
        told: dict[str, Any] | None = json.loads(ended.stdout) if ended.code == 0 else None
    except ValueError:
        return None
    return told


def storable(value: Any) -> Any:
    """Take out what no database keeps as text: NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode(errors="ignore").decode()
    if isinstance(value, dict):
        return {storable(key): storable(each) for key, each in value.items()}
    return [storable(each) for each in value] if isinstance(value, list) else value
