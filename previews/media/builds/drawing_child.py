"""The child that draws an SVG: no network, no files, the fonts that are installed.

Runs alone (``python -I drawing_child.py FILE OUT OPTIONS``) inside the sandbox and imports nothing of the house; prints
JSON. OPTIONS is JSON: side (the longest side that is wanted, in pixels).
"""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import resvg_py

_LARGEST_BYTES = 64 << 20
_LENGTH = re.compile(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in|em|ex)?\s*", re.IGNORECASE)
_UNITS = {
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "ex": 8.0,
}
_CSS_DPI = 96.0
_INNER = ("#", "data:")


def main() -> None:
    """Write the drawing as PNG and print its size."""
    source, out, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    try:
        told = draw(source, out=out, side=options["side"])
    except (OSError, EOFError, ValueError, ElementTree.ParseError) as error:
        told = {"error": "unreadable", "detail": str(error)[:200]}
    sys.stdout.write(json.dumps(told))


def draw(source: Path, *, out: Path, side: int) -> dict[str, Any]:
    """Take every reference to something outside away, then draw at the size that is wanted."""
    root = ElementTree.fromstring(_text(source))  # noqa: S314 - in the sandbox; expat bounds what entities grow to
    if root.tag.rpartition("}")[2] != "svg":
        raise ValueError("the root is no svg")
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name.rpartition("}")[2] in ("href", "base") and not value.strip().startswith(_INNER):
                del element.attrib[name]
    width, height = _size(root)
    text = ElementTree.tostring(root, encoding="unicode")
    if width >= height:
        drawn = resvg_py.svg_to_bytes(svg_string=text, width=side, dpi=_CSS_DPI)
    else:
        drawn = resvg_py.svg_to_bytes(svg_string=text, height=side, dpi=_CSS_DPI)
    out.write_bytes(drawn)
    return {"width": max(1, round(width)), "height": max(1, round(height)), "format": "SVG", "mode": "vector"}


def _text(source: Path) -> bytes:
    with source.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(source) if is_packed else source.open("rb") as file:
        text = file.read(_LARGEST_BYTES + 1)
    if len(text) > _LARGEST_BYTES:
        raise ValueError("the drawing is too large")
    return text


def _size(root: ElementTree.Element) -> tuple[float, float]:
    """Give the size in CSS pixels, as a browser would: from width and height, else from the box of view."""
    box = [float(number) for number in re.findall(r"-?[0-9.]+(?:e[+-]?[0-9]+)?", root.get("viewBox", ""))]
    across, down = (box[2], box[3]) if len(box) == 4 and min(box[2:]) > 0 else (0.0, 0.0)
    width, height = _length(root.get("width")), _length(root.get("height"))
    if width and height:
        return width, height
    if across and down:
        if width or height:
            scale = width / across if width else height / down
            return across * scale, down * scale
        return across, down
    return width or 300.0, height or 150.0


def _length(text: str | None) -> float:
    found = _LENGTH.fullmatch(text or "")
    return float(found[1]) * _UNITS[(found[2] or "px").lower()] if found else 0.0


if __name__ == "__main__":
    main()
