"""The child that decodes a picture with libav: OpenEXR, Radiance, DPX, JPEG XL, and what else cannot be read.

Light that is stored as light is tone-mapped to what a screen shows. Runs alone
(``python -I scene_child.py FILE OUT OPTIONS``) inside the sandbox and imports nothing of the house; prints JSON.
OPTIONS is JSON: demuxer, codecs, side (the longest side that is wanted, in pixels), max_pixels.
"""

import json
import sys
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from PIL import Image

_WHITE_PERCENTILE = 99.5
"""What lies above is sun and sparks; it may clip."""
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


def main() -> None:
    """Write the picture and print what was found."""
    source, out, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    try:
        told = convert(source, out=out, options=options)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        told = {"error": "unreadable", "detail": str(error)[:200]}
    sys.stdout.write(json.dumps(told))


def convert(source: Path, *, out: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Decode the first picture and bring it to 8 bits."""
    whitelists = {
        "protocol_whitelist": "file",
        "format_whitelist": options["demuxer"],
        "codec_whitelist": options["codecs"],
        "max_pixels": str(options["max_pixels"]),
    }
    with av.open(f"file:{source}", format=options["demuxer"], options=whitelists) as container:
        stream = container.streams.video[0]
        if stream.width * stream.height > options["max_pixels"]:
            return {"error": "too_large"}
        stream.codec_context.thread_count = 1
        frame = next(iter(container.decode(stream)), None)
        if frame is None:
            return {"error": "unreadable", "detail": "no picture"}
        name = frame.format.name
        picture = _light(frame) if "f32" in name or "f16" in name else _deep(frame)
        codec = stream.codec_context.name
    told = {"width": picture.width, "height": picture.height, "format": codec.upper(), "mode": name}
    picture.thumbnail((options["side"], options["side"]), Image.Resampling.BOX)
    picture.save(out, "TIFF")
    return told


def _deep(frame: Any) -> Image.Image:
    has_alpha = any(component.is_alpha for component in frame.format.components)
    kind = "rgba" if has_alpha else "rgb24"
    return Image.fromarray(frame.reformat(format=kind).to_ndarray(), mode="RGBA" if has_alpha else "RGB")


def _light(frame: Any) -> Image.Image:
    """Tone-map linear light: what fits into 0 to 1 stays, brighter scenes roll off (Reinhard, extended)."""
    kind = "gbrpf32le" if len(frame.format.components) >= 3 else "grayf32le"
    values = np.nan_to_num(
        np.asarray(frame.reformat(format=kind).to_ndarray(), dtype=np.float32), posinf=65504.0
    )
    light = np.clip(values if values.ndim == 3 else np.repeat(values[..., None], 3, axis=2), 0.0, None)
    shine = light @ _LUMINANCE
    white = float(np.percentile(shine, _WHITE_PERCENTILE))
    if white > 1.0:
        mapped = shine * (1 + shine / (white * white)) / (1 + shine)
        light = light * (mapped / np.maximum(shine, 1e-6))[..., None]
    light = np.clip(light, 0.0, 1.0)
    curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return Image.fromarray(np.rint(curve * 255).astype(np.uint8), mode="RGB")


if __name__ == "__main__":
    main()
