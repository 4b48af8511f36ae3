"""The child that reads the flattened picture of a Photoshop file, of either size (PSD, PSB) and any depth.

Runs alone (``python -I composite_child.py FILE OUT OPTIONS``) inside the sandbox and imports nothing of the house;
prints JSON. OPTIONS is JSON: side (the longest side that is wanted, in pixels), max_pixels.
Source: Adobe Photoshop File Formats Specification, 2019.
"""

import json
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

_MODES = {0: "1", 1: "L", 2: "P", 3: "RGB", 4: "CMYK", 8: "L", 9: "LAB"}
_CHANNELS = {"1": 1, "L": 1, "P": 1, "RGB": 3, "CMYK": 4, "LAB": 3}
_ICC_RESOURCE = 1039
_LARGEST_PROFILE = 16 << 20


class Unreadable(Exception):
    """The file is not what its header promises."""


@dataclass(frozen=True)
class Header:
    """What the first 26 bytes say; `depth` in bits per channel."""

    is_large: bool
    channels: int
    height: int
    width: int
    depth: int
    mode: str


def main() -> None:
    """Write the composite and print what was found."""
    source, out, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    try:
        with source.open("rb") as file:
            told = flatten(file, out=out, options=options)
    except (Unreadable, OSError, ValueError, struct.error) as error:
        told = {"error": "unreadable", "detail": str(error)[:200]}
    sys.stdout.write(json.dumps(told))


def flatten(file: IO[bytes], *, out: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Read header, palette, profile and the merged picture behind the layers."""
    header = _header(file)
    if header.width * header.height > options["max_pixels"]:
        return {"error": "too_large"}
    palette = file.read(_length(file))
    profile = _profile(file.read(_length(file)))
    is_clear = _skip_layers(file, is_large=header.is_large)
    wanted = _CHANNELS[header.mode] + (header.mode == "RGB" and header.channels > 3 and is_clear)
    planes = _planes(file, header, wanted=wanted)
    picture = _picture(header, planes, palette=palette)
    told = {"width": header.width, "height": header.height, "format": "PSB" if header.is_large else "PSD"}
    picture.thumbnail((options["side"], options["side"]), Image.Resampling.BOX)
    picture.save(out, "TIFF", icc_profile=profile)
    return told | {"mode": f"{header.mode};{header.depth}", "has_profile": profile is not None}


def _header(file: IO[bytes]) -> Header:
    magic, version, channels, height, width, depth, mode = struct.unpack(">4sH6xHIIHH", file.read(26))
    if magic != b"8BPS" or version not in (1, 2) or mode not in _MODES or depth not in (1, 8, 16, 32):
        raise Unreadable("an unknown kind of Photoshop file")
    if not 0 < channels <= 56 or not width or not height or channels < _CHANNELS[_MODES[mode]]:
        raise Unreadable("a header without a picture")
    return Header(version == 2, channels, height, width, depth, _MODES[mode])


def _skip_layers(file: IO[bytes], *, is_large: bool) -> bool:
    """Go to the merged picture; tell whether its first channel beyond the colours is its transparency."""
    wide, kind = (8, ">Q") if is_large else (4, ">I")
    (size,) = struct.unpack(kind, file.read(wide))
    end = file.tell() + size
    if size < wide + 2:
        file.seek(end)
        return False
    file.seek(wide, 1)
    (layers,) = struct.unpack(">h", file.read(2))
    file.seek(end)
    return bool(layers < 0)


def _length(file: IO[bytes]) -> int:
    return int(struct.unpack(">I", file.read(4))[0])


def _profile(resources: bytes) -> bytes | None:
    """Find the ICC profile among the image resources."""
    at = 0
    while resources[at : at + 4] == b"8BIM":
        number = int.from_bytes(resources[at + 4 : at + 6], "big")
        name = resources[at + 6] + 1
        at += 6 + name + name % 2
        size = int.from_bytes(resources[at : at + 4], "big")
        if number == _ICC_RESOURCE and size <= _LARGEST_PROFILE:
            return resources[at + 4 : at + 4 + size]
        at += 4 + size + size % 2
    return None


def _planes(file: IO[bytes], header: Header, *, wanted: int) -> list[Any]:
    """Read the channels one after the other, as numbers."""
    compression = int.from_bytes(file.read(2), "big")
    row = (header.width + 7) // 8 if header.depth == 1 else header.width * header.depth // 8
    if compression == 0:
        return [_numbers(file.read(row * header.height), header, row=row) for _ in range(wanted)]
    if compression != 1:
        raise Unreadable("a composite packed in a way that is not known")
    wide = 4 if header.is_large else 2
    table = np.frombuffer(file.read(wide * header.height * header.channels), f">u{wide}").astype(np.int64)
    planes = []
    for number in range(wanted):
        lengths = table[number * header.height : (number + 1) * header.height]
        packed = file.read(int(lengths.sum()))
        opened = Image.frombytes("L", (row, header.height), packed, "packbits", "L")
        planes.append(_numbers(opened.tobytes(), header, row=row))
    return planes


def _numbers(data: bytes, header: Header, *, row: int) -> Any:
    """Bring one channel to 8 bits."""
    if len(data) < row * header.height:
        raise Unreadable("the composite is cut short")
    if header.depth == 1:
        bits = np.unpackbits(np.frombuffer(data, np.uint8).reshape(header.height, row), axis=1)
        return (1 - bits[:, : header.width]) * np.uint8(255)
    shape = (header.height, header.width)
    if header.depth == 16:
        return (np.frombuffer(data, ">u2").reshape(shape) >> 8).astype(np.uint8)
    if header.depth == 32:
        light = np.clip(np.nan_to_num(np.frombuffer(data, ">f4").reshape(shape)), 0.0, 1.0)
        return np.rint(np.power(light, 1 / 2.2) * 255).astype(np.uint8)
    return np.frombuffer(data, np.uint8).reshape(shape)


def _picture(header: Header, planes: list[Any], *, palette: bytes) -> Image.Image:
    if header.mode in ("1", "L"):
        return Image.fromarray(planes[0], mode="L")
    if header.mode == "P":
        picture = Image.fromarray(planes[0], mode="P")
        picture.putpalette(palette[:768], rawmode="RGB;L")
        return picture.convert("RGB")
    if header.mode == "CMYK":
        return Image.merge("CMYK", [Image.fromarray(255 - plane, mode="L") for plane in planes[:4]])
    if header.mode == "LAB":
        return Image.merge("LAB", [Image.fromarray(plane, mode="L") for plane in planes[:3]])
    mode = "RGBA" if len(planes) > 3 else "RGB"
    return Image.merge(mode, [Image.fromarray(plane, mode="L") for plane in planes])


if __name__ == "__main__":
    main()
