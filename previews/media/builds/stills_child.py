"""The child that opens a stranger's still: orientation, colour, 8 bits, a set of WebP files; prints JSON.

Runs alone (``python -I stills_child.py FILE FOLDER OPTIONS``) inside the sandbox, because decoders are attack surface;
it must import nothing of the house. OPTIONS is JSON: sizes (name to longest side), max_pixels, quality.
"""

import io
import json
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

# Importing a reader is what makes Pillow know it; "HEIF" comes with `register_heif_opener`.
_READERS = (
    *(JpegImagePlugin.JpegImageFile, PngImagePlugin.PngImageFile),
    *(WebPImagePlugin.WebPImageFile, TiffImagePlugin.TiffImageFile, GifImagePlugin.GifImageFile),
    *(BmpImagePlugin.BmpImageFile, BmpImagePlugin.DibImageFile, AvifImagePlugin.AvifImageFile),
    *(Jpeg2KImagePlugin.Jpeg2KImageFile, TgaImagePlugin.TgaImageFile),
)
_FORMATS = (*(reader.format for reader in _READERS), "HEIF")
_LONGEST_TEXT = 200
_mapping = runpy.run_path(str(Path(__file__).with_name("tonemapping.py")))
_SRGB = ImageCms.createProfile("sRGB")


def main() -> None:
    """Make the pictures named on the command line and print what was found."""
    source, folder, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = options["max_pixels"]
    try:
        told = make(source, folder=folder, options=options)
    except Image.DecompressionBombError:
        told = {"error": "too_large"}
    except UnidentifiedImageError:
        told = {"error": "unidentified"}
    except (OSError, ValueError, SyntaxError, EOFError, ImageCms.PyCMSError) as error:
        told = {"error": "unreadable", "detail": str(error)[:200]}
    sys.stdout.write(json.dumps(told))


def make(source: Path, *, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Decode once, then write every size; the answer is JSON-safe."""
    with Image.open(source, formats=_FORMATS) as opened:
        if opened.width * opened.height > options["max_pixels"]:
            raise Image.DecompressionBombError
        told = {"format": opened.format, "mode": opened.mode, "frames": getattr(opened, "n_frames", 1)}
        told |= {"has_profile": bool(opened.info.get("icc_profile"))}
        told |= {"coded_width": opened.width, "coded_height": opened.height}
        opened.load()
        profile = opened.info.get("icc_profile")
        told["profile"] = _profile_name(profile)
        upright = ImageOps.exif_transpose(opened)
    colours = None if profile else _told_colours(source, opened.format)
    told["is_high"] = _mapping["is_high"](colours)
    told |= {"width": upright.width, "height": upright.height}
    sizes: dict[str, int] = options["sizes"]
    picture = _to_srgb(_to_eight_bits(upright, side=2 * max(sizes.values())), profile=profile)
    picture = _mapping["to_srgb"](picture, colours)
    made = {}
    for name, side in sorted(sizes.items(), key=lambda item: -item[1]):
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
        picture.save(
            folder / name, "WEBP", quality=options["quality"], method=4, exif=b"", icc_profile=b"", xmp=b""
        )
        made[name] = [picture.width, picture.height]
    return {**told, "made": made}


def _told_colours(source: Path, format_name: str | None) -> tuple[int, int] | None:
    """Read the colours that a file tells in numbers; what can't be read tells none."""
    try:
        found: tuple[int, int] | None = _mapping["told_colours"](source, format_name=format_name)
    except (OSError, ValueError, RuntimeError):
        return None
    return found


def _to_eight_bits(image: Image.Image, *, side: int) -> Image.Image:
    """Bring deep, palette and odd modes to RGB, RGBA, L or CMYK, the whole range scaled; shrink early to `side`."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        return _scaled_grey(image)
    if image.mode in ("RGB", "CMYK", "L"):
        image.thumbnail((side, side), Image.Resampling.BOX)
    if image.mode in ("RGB", "L", "CMYK"):
        return image
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode == "LAB":
        wide = ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), _SRGB, outputMode="RGB")
        return wide if wide is not None else image.convert("L")
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGB")


def _scaled_grey(image: Image.Image) -> Image.Image:
    """Scale one deep channel: 16 bits by 257, other integers by their maximum, floats from 0 to 1."""
    values = np.asarray(image).astype(np.float32)
    if image.mode.startswith("I;16"):
        top = 65535.0
    elif image.mode == "I":
        top = 65535.0 if values.max(initial=0) <= 65535 else max(1.0, float(values.max(initial=1)))
    else:
        top = max(1.0, float(np.nanmax(values, initial=1.0)))
    scaled = np.nan_to_num(np.clip(values / top, 0, 1)) * 255
    return Image.fromarray(np.rint(scaled).astype(np.uint8), mode="L")


def _to_srgb(image: Image.Image, *, profile: bytes | None) -> Image.Image:
    """Convert through the embedded profile; a profile that does not fit its picture is left aside."""
    wanted = "RGBA" if image.mode in ("RGBA", "LA") else "RGB"
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                _SRGB,
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except ImageCms.PyCMSError:
            converted = None
        if converted is not None:
            return converted
    if profile and image.mode == "RGBA":
        alpha = image.getchannel("A")
        colors = _to_srgb(image.convert("RGB"), profile=profile)
        colors.putalpha(alpha)
        return colors
    return image.convert(wanted)


def _profile_name(profile: bytes | None) -> str | None:
    """Give the profile's own description, such as "Display P3"."""
    if not profile:
        return None
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return name.strip()[:_LONGEST_TEXT] or None


if __name__ == "__main__":
    main()
