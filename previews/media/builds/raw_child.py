"""The child that develops a camera raw photograph: the camera's own JPEG where it is large enough, else half size.

Runs alone (``python -I raw_child.py FILE OUT OPTIONS``) inside the sandbox and imports nothing of the house; prints
JSON. OPTIONS is JSON: side (the longest side that is wanted, in pixels), max_pixels.
"""

import io
import json
import sys
from pathlib import Path
from typing import Any

import rawpy
from PIL import Image, ImageOps

_LARGE_ENOUGH = 1280
_TURNS = {
    3: Image.Transpose.ROTATE_180,
    5: Image.Transpose.ROTATE_90,
    6: Image.Transpose.ROTATE_270,
}
"""How LibRaw names the camera's position: 5 is a quarter turn to the left, 6 to the right."""


def main() -> None:
    """Write the developed picture and print what was found."""
    source, out, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    try:
        told = develop(source, out=out, options=options)
    except rawpy.LibRawError as error:
        told = {"error": "unreadable", "detail": str(error)[:200]}
    sys.stdout.write(json.dumps(told))


def develop(source: Path, *, out: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Take the embedded preview, or develop the sensor's values."""
    with rawpy.imread(str(source)) as raw:
        sizes = raw.sizes
        wide, high = int(sizes.width), int(sizes.height)
        if wide * high > options["max_pixels"]:
            return {"error": "too_large"}
        picture = _embedded(raw)
        is_embedded = picture is not None
        if picture is None:
            values = raw.postprocess(half_size=True, use_camera_wb=True, output_bps=8)
            picture = Image.fromarray(values, mode="RGB")
        if sizes.flip in (5, 6):
            wide, high = high, wide
    picture.thumbnail((options["side"], options["side"]), Image.Resampling.BOX)
    profile = picture.info.get("icc_profile")
    picture.convert("RGB").save(out, "TIFF", icc_profile=profile)
    return {
        "width": wide,
        "height": high,
        "format": "RAW",
        "developed": "embedded" if is_embedded else "half",
    }


def _embedded(raw: Any) -> Image.Image | None:
    """Give the camera's own preview, upright; None where there is none, or a small one."""
    try:
        thumb = raw.extract_thumb()
    except rawpy.LibRawError:
        return None
    if thumb.format == rawpy.ThumbFormat.BITMAP:
        picture = Image.fromarray(thumb.data)
    else:
        try:
            picture = Image.open(io.BytesIO(thumb.data), formats=["JPEG"])
            picture.load()
        except (OSError, ValueError, SyntaxError):
            return None
    if max(picture.size) < _LARGE_ENOUGH:
        return None
    if picture.getexif().get(0x0112, 1) != 1:
        return ImageOps.exif_transpose(picture)
    flip, is_upright = raw.sizes.flip, raw.sizes.width < raw.sizes.height
    if flip in (5, 6) and (picture.width < picture.height) != is_upright:
        return picture  # some cameras turn their previews and not the sensor's values
    return picture.transpose(_TURNS[flip]) if flip in _TURNS else picture


if __name__ == "__main__":
    main()
