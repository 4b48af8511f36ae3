"""The child that reads a text: counts what it has, and draws its first lines as pictures.

Runs alone (``python -I writing_child.py FILE FOLDER OPTIONS``) inside the sandbox and imports nothing of the house;
prints JSON. OPTIONS is JSON: mime, sizes (name to longest side), quality.
"""

import codecs
import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

_READ_BYTES = 16 << 20
_LINES, _COLUMNS = 44, 88
_PAPER, _INK = (255, 255, 255), (30, 32, 36)
_PAGE, _MARGIN, _LINE = (1280, 1660), 60, 35
_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
    "/usr/share/fonts/dejavu-sans-mono-fonts/DejaVuSansMono.ttf",
    "/usr/share/fonts/TTF/DejaVuSansMono.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf",
)
_CUE = re.compile(r"^(?:\d+:)?\d{1,2}:\d{2}[,.]\d{3}\s+-->\s+((?:\d+:)?\d{1,2}:\d{2}[,.]\d{3})", re.MULTILINE)
_LANGUAGE = re.compile(
    r"^Language:\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*$|xml:lang=\"([A-Za-z-]{2,12})\"", re.MULTILINE
)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def main() -> None:
    """Draw, and print what was found."""
    source, folder, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    with source.open("rb") as file:
        data = file.read(_READ_BYTES)
        is_whole = not file.read(1)
    text, encoding = _decoded(data)
    told = {"encoding": encoding, "is_whole": is_whole, "lines": len(text.splitlines())}
    told |= _facts(text, mime=options["mime"])
    told["made"] = _draw(text, folder=folder, options=options)
    sys.stdout.write(json.dumps(told))


def _decoded(data: bytes) -> tuple[str, str]:
    """Read what the mark at the start says, else UTF-8, else an old code page."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace"), name.removesuffix("-sig")
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError as error:
        if error.start > len(data) - 4:
            return data.decode(errors="ignore"), "utf-8"
        return data.decode("cp1252", "replace"), "windows-1252"


def _facts(text: str, *, mime: str) -> dict[str, Any]:
    """Say of each kind of text what people ask for first."""
    found: dict[str, Any] = {}
    if (language := _LANGUAGE.search(text[:4000])) is not None:
        found["language"] = language[1] or language[2]
    if mime in ("application/x-subrip", "text/vtt"):
        ends = [cue[1] for cue in _CUE.finditer(text)]
        found |= {"cues": len(ends), "ends_at": ends[-1].replace(",", ".") if ends else None}
    elif mime in ("text/csv", "text/tab-separated-values"):
        found |= _table(text, delimiter="\t" if mime.startswith("text/tab") else None)
    elif mime == "application/json":
        found["is_valid"] = _is_json(text)
    return found


def _table(text: str, *, delimiter: str | None) -> dict[str, Any]:
    first = text[:64_000].splitlines()[:1]
    if delimiter is None:
        delimiter = max(",;\t|", key=first[0].count) if first else ","
    try:
        rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error:
        return {}
    return {"rows": len(rows), "columns": max(map(len, rows), default=0)}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _draw(text: str, *, folder: Path, options: dict[str, Any]) -> dict[str, tuple[int, int]]:
    page = Image.new("RGB", _PAGE, _PAPER)
    pen, font = ImageDraw.Draw(page), _font()
    for number, line in enumerate(text.splitlines()[:_LINES]):
        shown = "".join(each if each.isprintable() else " " for each in line.expandtabs(4)[:_COLUMNS])
        pen.text((_MARGIN, _MARGIN + number * _LINE), shown, fill=_INK, font=font)
    made = {}
    for name, side in sorted(options["sizes"].items(), key=lambda item: -item[1]):
        page.thumbnail((side, side), Image.Resampling.LANCZOS)
        page.save(folder / name, "WEBP", quality=options["quality"], method=4)
        made[name] = page.size
    return made


def _font() -> Any:
    """Take a font in which columns line up, where one is installed; Pillow's own else."""
    for path in _FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, 22)
    return ImageFont.load_default(24)


if __name__ == "__main__":
    main()
