"""The child that draws watermarks: into transparent PNGs for videos, and straight onto finished pictures.

Runs alone (``python -I watermark_child.py ORDER``) inside the sandbox; it must import nothing of the house. ORDER is a
JSON file: the text reaches no command line and no filter. It prints where each overlay belongs, as JSON.
"""

import json
import sys
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

_LARGEST, _SMALLEST = 20, 64
"""Height of the letters: this part of the picture's short side, shrunk as far as the second where text is long."""
_MARGIN = 32
_WIDEST, _WIDEST_CENTRED, _HIGHEST = 0.5, 0.86, 0.34
_NO_GLYPH = "\U0010fffe"
_TILT = 24


class Lettering:
    """One size of the fonts at hand, the bundled one first; a letter that none has is drawn as its number."""

    def __init__(self, fonts: list[str], size: int) -> None:
        """Load the fonts that can be loaded in this size."""
        self.size = size
        self.fonts = [each for each in (_font(path, size) for path in fonts) if each is not None]
        self.line = int(size * 1.3)
        self.stroke = max(1, size // 14)

    def runs(self, text: str) -> list[tuple[Any, str]]:
        """Split a line where the font changes."""
        found: list[tuple[Any, str]] = []
        for letter in text:
            font = next((each for each in self.fonts if _has(each, letter)), None)
            if font is None and unicodedata.category(letter) in ("Mn", "Cf", "Me"):
                continue
            drawn = letter if font is not None else f"[{ord(letter):X}]"
            font = font or self.fonts[0]
            if letter == " " and found:
                font = found[-1][0]
            if found and found[-1][0] is font:
                found[-1] = (font, found[-1][1] + drawn)
            else:
                found.append((font, drawn))
        return found

    def width(self, text: str) -> float:
        """Measure a line, in pixels."""
        return float(sum(font.getlength(part) for font, part in self.runs(text)))

    def wrapped(self, text: str, *, most: float) -> list[str]:
        """Break a text into lines, between words where it can be."""
        lines = []
        for paragraph in text.split("\n"):
            line = ""
            for word in paragraph.split(" "):
                for piece in self._pieces(word, most=most):
                    longer = f"{line} {piece}".strip()
                    if self.width(longer) <= most:
                        line = longer
                    else:
                        lines.append(line)
                        line = piece
            lines.append(line)
        return [each for each in lines if each]

    def _pieces(self, word: str, *, most: float) -> list[str]:
        pieces = []
        while self.width(word) > most and len(word) > 1:
            cut = max(1, int(len(word) * most / self.width(word)))
            pieces.append(word[:cut])
            word = word[cut:]
        return [*pieces, word]


@cache
def _font(path: str, size: int) -> Any:
    try:
        return ImageFont.truetype(path, size)
    except OSError:
        return None


_known: dict[tuple[int, str], bool] = {}


def _has(font: Any, letter: str) -> bool:
    """Tell whether a font has a letter: what it lacks it draws as it draws a letter that cannot be."""
    if letter == " ":
        return True
    key = (id(font), letter)
    if key not in _known:
        _known[key] = bytes(font.getmask(letter)) != bytes(font.getmask(_NO_GLYPH))
    return _known[key]


def block(
    text: str, *, fonts: list[str], size: tuple[int, int], opacity: float, is_wide: bool
) -> Image.Image:
    """Draw the text as a block that fits a picture of this size, on nothing."""
    wide, high = size
    short = min(size)
    most, highest = wide * (_WIDEST_CENTRED if is_wide else _WIDEST), high * _HIGHEST
    for part in range(_LARGEST, _SMALLEST + 1, 4):
        letters = Lettering(fonts, max(6, short // part))
        lines = letters.wrapped(text, most=most)
        if len(lines) * letters.line <= highest:
            break
    lines = lines[: max(1, int(highest // letters.line))]
    edge = letters.stroke
    box = (
        int(min(most, max(map(letters.width, lines), default=1))) + 2 * edge + 2,
        len(lines) * letters.line + 2 * edge,
    )
    canvas = Image.new("RGBA", box, (0, 0, 0, 0))
    pen = ImageDraw.Draw(canvas)
    light, dark = (255, 255, 255, round(255 * opacity)), (0, 0, 0, round(170 * opacity))
    for row, line in enumerate(lines):
        at = float(edge) + (box[0] - 2 * edge - letters.width(line)) / 2 * is_wide
        for font, run in letters.runs(line):
            pen.text(
                (at, edge + row * letters.line),
                run,
                font=font,
                fill=light,
                stroke_width=edge,
                stroke_fill=dark,
            )
            at += font.getlength(run)
    return canvas


def overlay(order: dict[str, Any], size: tuple[int, int]) -> tuple[Image.Image, int, int]:
    """Draw the mark for a picture of this size, and say where it belongs; sides and place are even."""
    position = order["position"]
    is_wide = position in ("center", "top", "bottom")
    room = (size[0] * 2 // 3, size[1] * 2 // 3) if position == "tiled" else size
    made = block(order["text"], fonts=order["fonts"], size=room, opacity=order["opacity"], is_wide=is_wide)
    if position == "tiled":
        return _tiled(made, size), 0, 0
    made = _even(made, size)
    margin = max(2, min(size) // _MARGIN)
    x, y = (size[0] - made.width) // 2, (size[1] - made.height) // 2
    x = margin if "left" in position else size[0] - made.width - margin if "right" in position else x
    y = margin if "top" in position else size[1] - made.height - margin if "bottom" in position else y
    return made, max(0, x) // 2 * 2, max(0, y) // 2 * 2


def _even(made: Image.Image, size: tuple[int, int]) -> Image.Image:
    wide, high = (min(-(-side // 2) * 2, most) for side, most in zip(made.size, size, strict=True))
    canvas = Image.new("RGBA", (wide, high), (0, 0, 0, 0))
    canvas.paste(made, (0, 0))
    return canvas


def _tiled(made: Image.Image, size: tuple[int, int]) -> Image.Image:
    tilted = made.rotate(_TILT, expand=True, resample=Image.Resampling.BICUBIC)
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    across, down = int(tilted.width * 1.15) + 8, int(tilted.height * 1.25) + 8
    for row, y in enumerate(range(-down // 2, size[1], down)):
        for x in range(-across // 2 * (row % 2), size[0], across):
            canvas.alpha_composite(tilted, (max(0, x), max(0, y)), (max(0, -x), max(0, -y)))
    return canvas


def mark_picture(order: dict[str, Any], source: str, out: str, tile: tuple[int, int] | None) -> None:
    """Draw the mark onto a picture, or onto every tile of a sheet."""
    with Image.open(source) as opened:
        picture = opened.convert("RGBA")
    made, x, y = overlay(order, tile or picture.size)
    steps = tile or picture.size
    for top in range(0, picture.height, steps[1]):
        for left in range(0, picture.width, steps[0]):
            picture.alpha_composite(made, (left + x, top + y))
    picture.convert("RGB").save(out, "WEBP", quality=82, method=4)


def main() -> None:
    """Carry out the order."""
    order: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    places = []
    for each in order["overlays"]:
        made, x, y = overlay(order, (each["width"], each["height"]))
        made.save(each["out"], "PNG")
        places.append({"x": x, "y": y, "width": made.width, "height": made.height})
    for each in order["pictures"]:
        mark_picture(order, each["source"], each["out"], tuple(each["tile"]) if each["tile"] else None)
    sys.stdout.write(json.dumps(places))


if __name__ == "__main__":
    main()
