"""A preview recipe: the mean colour of a picture, as a small PNG and as JSON.

Runs alone (``python -I swatch_child.py FILE FOLDER OPTIONS``) inside the sandbox; what lies in FOLDER at its end is stored
beside the previews. It prints one JSON object that goes into the version's ``meta``, or nothing.
"""

import json
import sys
from pathlib import Path

from PIL import Image

SIDE = 32


def swatch(source: Path, folder: Path) -> dict[str, str]:
    """Write the swatch and return its colour."""
    with Image.open(source) as picture:
        mean = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX)
    red, green, blue = mean.tobytes()
    colour = f"#{red:02x}{green:02x}{blue:02x}"
    mean.resize((SIDE, SIDE)).save(folder / "swatch.png")
    (folder / "swatch.json").write_text(json.dumps({"colour": colour}))
    return {"colour": colour}


if __name__ == "__main__":
    options = json.loads(sys.argv[3])
    if options["kind"] == "image":
        sys.stdout.write(json.dumps(swatch(Path(sys.argv[1]), Path(sys.argv[2]))))
