"""The child that looks at our own small pictures; prints one sample for each as JSON, in base64, null where there is nothing to see.

Runs alone (``python -I samples_child.py WANTED``) inside the sandbox; it must import nothing of the house. WANTED is
JSON: a list of ``[file, [x, y, width, height] or null]``; the areas are tiles of a storyboard's sheet. A sample is
32 x 32 bytes of brightness and two times 8 x 8 bytes of colour, by rows.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

_SIDE, _COLOUR_SIDE = 32, 8
_MOST_PIXELS = 64_000_000
_GREY = (128, 128, 128)


def main() -> None:
    """Take the samples named on the command line and print them."""
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    pictures: dict[str, Image.Image | None] = {}
    samples = []
    for file, area in json.loads(sys.argv[1]):
        if file not in pictures:
            pictures[file] = opened(Path(file))
        picture = pictures[file]
        sample = None if picture is None else sample_of(picture, area)
        samples.append(None if sample is None else base64.b64encode(sample).decode())
    sys.stdout.write(json.dumps(samples))


def opened(path: Path) -> Image.Image | None:
    """Decode a picture to RGB, what is transparent on grey; None where it is none."""
    try:
        with Image.open(path, formats=("WEBP",)) as found:
            if found.mode in ("RGBA", "LA", "PA") or "transparency" in found.info:
                ground = Image.new("RGBA", found.size, (*_GREY, 255))
                return Image.alpha_composite(ground, found.convert("RGBA")).convert("RGB")
            return found.convert("RGB")
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return None


def sample_of(picture: Image.Image, area: list[int] | None = None) -> bytes | None:
    """Return what is kept of a picture, or of an area of it."""
    if area is not None:
        x, y, width, height = area
        if not (0 <= x < x + width <= picture.width and 0 <= y < y + height <= picture.height):
            return None
        picture = picture.crop((x, y, x + width, y + height))
    planes: Any = picture.convert("YCbCr").split()
    sides = (_SIDE, _COLOUR_SIDE, _COLOUR_SIDE)
    return b"".join(
        plane.resize((side, side), Image.Resampling.BOX).tobytes()
        for plane, side in zip(planes, sides, strict=True)
    )


if __name__ == "__main__":
    main()
