"""The child that opens a PDF: counts its pages, reads its title, and draws some of them as WebP.

Runs alone (``python -I documents_child.py FILE FOLDER OPTIONS``) inside the sandbox and imports nothing of the house;
prints JSON. OPTIONS is JSON: first, last (pages from 1), side (of a page, in pixels), quality, sizes (of the pictures
of the first page: name to longest side).
"""

import json
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw
from PIL import Image

_LONGEST_TEXT = 500
_SMALLEST_PAGE = 1.0


def main() -> None:
    """Draw the pages that are asked for and print what was found."""
    source, folder, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    try:
        told = draw(source, folder=folder, options=options)
    except pypdfium2.PdfiumError as error:
        is_locked = error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY)
        told = {"error": "locked" if is_locked else "unreadable", "detail": str(error)[:200]}
    except (OSError, ValueError, MemoryError) as error:
        told = {"error": "unreadable", "detail": str(error)[:200]}
    sys.stdout.write(json.dumps(told))


def draw(source: Path, *, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Write ``pages/{n}.webp`` for each page, and the small pictures of the first."""
    document = pypdfium2.PdfDocument(str(source))
    count = len(document)
    if not count:
        return {"error": "empty"}
    document.init_forms()
    made: dict[str, tuple[int, int]] = {}
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    for number in range(options["first"], min(options["last"], count) + 1):
        picture = _drawn(document, number - 1, side=options["side"])
        if number == 1:
            for name, side in options["sizes"].items():
                made[name] = _saved(picture, folder / name, side=side, quality=options["quality"])
        name = f"pages/{number}.webp"
        made[name] = _saved(picture, folder / name, side=options["side"], quality=options["quality"])
    width, height = document.get_page_size(0)
    said = {
        key: str(value)[:_LONGEST_TEXT] for key, value in document.get_metadata_dict(skip_empty=True).items()
    }
    return {"pages": count, "width": width, "height": height, "said": said, "made": made}


def _drawn(document: Any, index: int, *, side: int) -> Image.Image:
    """Draw one page so that its longer side is `side` pixels, whatever size the file claims it has."""
    page = document[index]
    longest = max(*page.get_size(), _SMALLEST_PAGE)
    picture: Image.Image = page.render(scale=side / longest, may_draw_forms=True).to_pil()
    page.close()
    return picture.convert("RGB")


def _saved(picture: Image.Image, path: Path, *, side: int, quality: int) -> tuple[int, int]:
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    small.save(path, "WEBP", quality=quality, method=3, exif=b"", icc_profile=b"", xmp=b"")
    return small.size


if __name__ == "__main__":
    main()
