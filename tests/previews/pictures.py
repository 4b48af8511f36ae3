"""Pictures that no encoder at hand writes: Photoshop files and a camera's raw file, built byte by byte."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

Folder = dict[int, tuple[int, bytes | Sequence[object]]]


def photoshop(
    path: Path, image: Image.Image, *, depth: int = 8, is_large: bool = False, is_packed: bool = False
) -> None:
    """Write a flat PSD, or a PSB when `is_large`; CMYK is stored inverted, as Photoshop does."""
    mode = {"L": 1, "RGB": 3, "CMYK": 4}[image.mode]
    planes = [np.asarray(band) for band in image.split()]
    if image.mode == "CMYK":
        planes = [255 - plane for plane in planes]
    rows = [
        (row.astype(">u2") * 257).tobytes() if depth == 16 else row.tobytes()
        for plane in planes
        for row in plane
    ]
    head = struct.pack(
        ">4sH6xHIIHH", b"8BPS", 2 if is_large else 1, len(planes), image.height, image.width, depth, mode
    )
    sections = struct.pack(">II", 0, 0) + (struct.pack(">Q", 0) if is_large else struct.pack(">I", 0))
    if is_packed:
        packed = [_packed(row) for row in rows]
        table = b"".join(len(row).to_bytes(4 if is_large else 2, "big") for row in packed)
        data = b"\x00\x01" + table + b"".join(packed)
    else:
        data = b"\x00\x00" + b"".join(rows)
    path.write_bytes(head + sections + data)


def _packed(row: bytes) -> bytes:
    """Pack a row into literal runs of PackBits."""
    return b"".join(
        bytes([len(row[at : at + 128]) - 1]) + row[at : at + 128] for at in range(0, len(row), 128)
    )


def digital_negative(path: Path, image: Image.Image, *, preview: bytes = b"", orientation: int = 1) -> None:
    """Write a DNG with a Bayer mosaic of the picture (even sides), and a JPEG preview before it where one is given."""
    colors = np.asarray(image.convert("RGB")).astype(np.float64) / 255
    mosaic = np.zeros(colors.shape[:2])
    for row, column, band in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[row::2, column::2] = colors[row::2, column::2, band]
    sensor = np.rint(np.power(mosaic, 2.2) * 65535).astype("<u2").tobytes()
    camera = b"Housecamera Mark 1\x00"
    identity = [(1, 1), (0, 1), (0, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (1, 1)]
    raw: Folder = {
        254: (4, [0]),
        256: (4, [image.width]),
        257: (4, [image.height]),
        258: (3, [16]),
        259: (3, [1]),
        262: (3, [32803]),
        273: (4, sensor),
        277: (3, [1]),
        278: (4, [image.height]),
        279: (4, [len(sensor)]),
        33421: (3, [2, 2]),
        33422: (1, [0, 1, 1, 2]),
        50714: (3, [0]),
        50717: (4, [65535]),
    }
    shared: Folder = {
        271: (2, b"Housemaker\x00"),
        272: (2, camera),
        274: (3, [orientation]),
        50706: (1, [1, 4, 0, 0]),
        50708: (2, camera),
        50721: (10, identity),
        50728: (5, [(1, 1), (1, 1), (1, 1)]),
        50778: (3, [21]),
    }
    if not preview:
        path.write_bytes(_tiff([raw | shared]))
        return
    first: Folder = {254: (4, [1]), 259: (3, [7]), 262: (3, [6]), 273: (4, preview), 279: (4, [len(preview)])}
    path.write_bytes(_tiff([first | shared, raw]))


_SIZES = {1: ("B", 1), 2: ("B", 1), 3: ("H", 2), 4: ("I", 4), 5: ("II", 8), 10: ("ii", 8)}


def _tiff(folders: list[Folder]) -> bytes:
    """Lay out a little TIFF: the first folder, the others below it (SubIFDs); tag 273 carries the bytes themselves."""
    if len(folders) > 1:
        folders[0][330] = (4, [0] * (len(folders) - 1))
    starts, at = [], 8
    for folder in folders:
        starts.append(at)
        at += 2 + 12 * len(folder) + 4
    if len(folders) > 1:
        folders[0][330] = (4, starts[1:])
    out, extra = bytearray(b"II*\x00" + struct.pack("<I", 8)), bytearray()
    for folder in folders:
        out += struct.pack("<H", len(folder))
        for tag in sorted(folder):
            kind, values = folder[tag]
            if tag == 273 and isinstance(values, bytes):
                start = at + len(extra)
                extra += values + bytes(len(values) % 2)
                values = [start]
            letter, size = _SIZES[kind]
            data = values if isinstance(values, bytes) else b"".join(_value(letter, each) for each in values)
            count = len(data) // size
            if len(data) > 4:
                place = at + len(extra)
                extra += data + bytes(len(data) % 2)
                data = struct.pack("<I", place)
            out += struct.pack("<HHI", tag, kind, count) + data.ljust(4, b"\x00")
        out += bytes(4)
    return bytes(out + extra)


def _value(letters: str, value: object) -> bytes:
    return struct.pack(f"<{letters}", *(value if isinstance(value, tuple) else (value,)))
