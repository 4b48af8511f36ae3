"""Bring a still of high dynamic range, or of wide colours without a profile, to sRGB. The stills child runs it by its path, alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image

Values = np.ndarray[Any, Any]
Colours = tuple[int, int]
"""Primaries and transfer by their numbers in ITU-T H.273."""

PQ, HLG = 16, 18
_BT2020, _P3 = 9, 12
_TO_BT709 = {
    _BT2020: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),
    _P3: ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979)),
}
_LUMA = (0.2627, 0.6780, 0.0593)
_PEAK, _HLG_PEAK = 10.0, 10.0
"""In hundreds of nits: white of the pictures that come out is 100, the brightest that is told apart 1000, as in films."""
_CHUNK_ROWS = 256
_PNG, _PNG_CHUNKS = b"\x89PNG\r\n\x1a\n", 64


def told_colours(source: Path, *, format_name: str | None) -> Colours | None:
    """Read what an AVIF, HEIF or PNG says of its colours in numbers; None where it says nothing.

    Raises: OSError, ValueError when the file is damaged.
    """
    if format_name == "PNG":
        return _png_colours(source)
    if format_name not in ("AVIF", "HEIF"):
        return None
    # The properties of the picture that is shown: files hold others, of gain maps and thumbnails.
    said: dict[str, Any] = pillow_heif.open_heif(source).info.get("nclx_profile") or {}
    return (int(said["color_primaries"]), int(said["transfer_characteristics"])) if said else None


def _png_colours(source: Path) -> Colours | None:
    """Read the chunk cICP, which stands before the pixels. Source: PNG, third edition, 11.3.2.6."""
    with source.open("rb") as file:
        if file.read(8) != _PNG:
            return None
        for _ in range(_PNG_CHUNKS):
            head = file.read(8)
            if len(head) < 8 or head[4:] == b"IDAT":
                return None
            if head[4:] == b"cICP":
                said = file.read(4)
                return (said[0], said[1]) if len(said) == 4 else None
            file.seek(int.from_bytes(head[:4], "big") + 4, 1)
    return None


def is_high(colours: Colours | None) -> bool:
    """Tell whether a transfer is one of high dynamic range."""
    return colours is not None and colours[1] in (PQ, HLG)


def to_srgb(image: Image.Image, colours: Colours | None) -> Image.Image:
    """Bring an RGB or RGBA picture to sRGB; what is not told, or sRGB already, is left as it is."""
    if colours is None or not (is_high(colours) or colours[0] in _TO_BT709):
        return image
    values = np.array(image)
    for row in range(0, values.shape[0], _CHUNK_ROWS):
        strip = values[row : row + _CHUNK_ROWS]
        strip[..., :3] = _mapped(strip[..., :3], colours)
    return Image.fromarray(values, mode=image.mode)


def _mapped(values: Values, colours: Colours) -> Values:
    primaries, transfer = colours
    linear = _LINEAR.get(transfer, _srgb_linear)(values.astype(np.float32) / 255)
    if primaries in _TO_BT709:
        linear = linear @ np.array(_TO_BT709[primaries], np.float32).T
    linear = np.clip(linear, 0, None)
    if is_high(colours):
        brightest = np.maximum(linear.max(axis=-1, keepdims=True), 1e-6)
        linear = linear * (_hable(brightest) / _hable(np.float32(_PEAK)) / brightest)
    linear = np.clip(linear, 0, 1)
    shown = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.power(linear, 1 / 2.4) - 0.055)
    eight: Values = np.rint(shown * 255).astype(np.uint8)
    return eight


def _hable(light: Any) -> Any:
    """Source: ffmpeg's `vf_tonemap.c`, by which films are mapped."""
    return (light * (0.15 * light + 0.05) + 0.004) / (light * (0.15 * light + 0.5) + 0.06) - 0.02 / 0.3


def _srgb_linear(values: Any) -> Any:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _pq_linear(values: Any) -> Any:
    """Source: SMPTE ST 2084; 10000 nits are 100 here."""
    power = np.power(values, 1 / 78.84375)
    light = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
    return np.power(light, 1 / 0.1593017578125) * 100


def _hlg_linear(values: Any) -> Any:
    """Source: ITU-R BT.2100, on a display of 1000 nits, whose system gamma is 1.2."""
    scene = np.where(
        values <= 0.5, values**2 / 3, (np.exp((values - 0.55991073) / 0.17883277) + 0.28466892) / 12
    )
    luma = np.maximum(scene @ np.array(_LUMA, np.float32), 1e-6)[..., None]
    return scene * np.power(luma, 0.2) * _HLG_PEAK


_LINEAR = {PQ: _pq_linear, HLG: _hlg_linear}
