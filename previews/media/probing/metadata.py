"""What a file says of itself: EXIF, IPTC, XMP and EBUCore, read beside the probe."""

import json
from pathlib import Path
from typing import Any

from previews.media import sandbox
from previews.media.facts import MediaFacts

CHILD = Path(__file__).with_name("metadata_child.py")
_LIMITS = sandbox.Limits(memory_bytes=2 * sandbox.GIB, cpu_s=60, wall_s=120.0)
_READ = {"image", "video", "audio"}


def read_metadata(source: Path, *, facts: MediaFacts, scratch: Path) -> dict[str, Any]:
    """Return the keys ebucore, exif, iptc and xmp of a version's `meta`; what cannot be read is left out.

    A file whose metadata is damaged still has its previews, so nothing is raised.
    """
    if facts.kind not in _READ:
        return {}
    argv = sandbox.python(CHILD, str(source), json.dumps({"kind": facts.kind, "mime": facts.mime}))
    ended = sandbox.run(argv, read=[source, CHILD], scratch=scratch, limits=_LIMITS)
    try:
        told: dict[str, Any] = json.loads(ended.stdout) if ended.code == 0 else {}
    except ValueError:
        return {}
    return {key: _clean(value) for key, value in told.items() if value}


def _clean(value: Any) -> Any:
    """Take out what no database keeps as text: NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode(errors="ignore").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value
