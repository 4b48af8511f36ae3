"""The child that recognises parts of packages: IMF and DCP documents, and MXF files with what AS-11 says of them.

Runs alone (``python -I packages_child.py FILE OPTIONS``) inside the sandbox and imports nothing of the house; prints
JSON, ``null`` for what is no part of a package. OPTIONS is JSON: mime.
Sources: SMPTE ST 429-9 (asset map), ST 2067-2 and ST 429-8 (packing list), ST 2067-3 and ST 429-7 (composition),
ST 377-1 (MXF), AMWA AS-11 and the UK DPP's profile of it.
"""

import json
import struct
import sys
import uuid
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat

_LARGEST_XML = 16 << 20
_LARGEST_HEADER = 32 << 20
_LARGEST_VALUE = 4096
_MOST_ASSETS = 1000
_ROOTS = {"AssetMap": "asset-map", "PackingList": "packing-list", "CompositionPlaylist": "composition"}
_PARTITION = bytes.fromhex("060e2b34020501010d010201")
_PRIMER = bytes.fromhex("060e2b34020501010d01020101050100")
_SOURCE_PACKAGE = bytes.fromhex("060e2b34025301010d01010101013700")
_AS11_CORE = bytes.fromhex("060e2b34025301010d0107010b010100")
_AS11_SEGMENTS = bytes.fromhex("060e2b34025301010d0107010b020100")
_UK_DPP = bytes.fromhex("060e2b34025301010d0c010101")
_PACKAGE_UID = 0x4401
_AS11_ITEMS = {
    1: "series_title",
    2: "programme_title",
    3: "episode_title",
    4: "shim_name",
    6: "primary_audio_language",
    9: "closed_captions_language",
}


class NoPackage(Exception):
    """The file is no part of a package, or is not safe to look into."""


def main() -> None:
    """Look, and print what was found."""
    source, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    read = of_mxf if options["mime"] == "application/mxf" else of_xml
    try:
        with source.open("rb") as file:
            told = read(file)
    except (NoPackage, OSError, ValueError, struct.error, ElementTree.ParseError, expat.ExpatError):
        told = None
    sys.stdout.write(json.dumps(told))


# --- XML --------------------------------------------------------------------------------------------


def of_xml(file: IO[bytes]) -> dict[str, Any]:
    """Read an asset map, a packing list or a composition; declarations and entities are refused unread."""
    text = file.read(_LARGEST_XML + 1)
    if len(text) > _LARGEST_XML:
        raise NoPackage
    root = _root(text)
    space, _, name = root.tag.removeprefix("{").rpartition("}")
    if name not in _ROOTS:
        raise NoPackage
    found: dict[str, Any] = {
        "type": f"{_family(space, text)}-{_ROOTS[name]}",
        "id": _identity(_said(root, "Id")),
        "title": _said(root, "ContentTitle")
        or _said(root, "ContentTitleText")
        or _said(root, "AnnotationText"),
        "issuer": _said(root, "Issuer"),
        "creator": _said(root, "Creator"),
        "issued_at": _said(root, "IssueDate"),
    }
    found |= _composition(root) if name == "CompositionPlaylist" else {"assets": _assets(root)}
    return {key: value for key, value in found.items() if value not in (None, "")}


def _root(text: bytes) -> ElementTree.Element:
    def refuse(*_: object) -> None:
        raise NoPackage

    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = refuse
    guard.EntityDeclHandler = refuse
    guard.Parse(text, True)  # noqa: FBT003 - the module takes no name here
    return ElementTree.fromstring(text)  # noqa: S314 - just found to be without declarations


def _family(space: str, text: bytes) -> str:
    """Tell IMF from DCP; both use one asset map, and the packing list beside it tells which."""
    if "2067" in space:
        return "imf"
    if "429-7" in space or "429-8" in space or "digicine" in space:
        return "dcp"
    return "dcp" if b"DCP" in text else "imf"


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((each for each in element if _local(each) == name), None)


def _said(element: ElementTree.Element | None, name: str) -> str | None:
    found = _child(element, name) if element is not None else None
    return found.text.strip()[:500] if found is not None and found.text else None


def _identity(text: str | None) -> str | None:
    """Give a UUID in its plain form, whatever the case and the urn before it."""
    try:
        return str(uuid.UUID(text.lower().removeprefix("urn:uuid:"))) if text else None
    except ValueError:
        return None


def _assets(root: ElementTree.Element) -> list[dict[str, Any]]:
    """List what a map or a packing list names: the file's name, and its size and SHA-1 where they are said."""
    listed = _child(root, "AssetList")
    found = []
    for asset in list(listed if listed is not None else ())[:_MOST_ASSETS]:
        chunks = _child(asset, "ChunkList")
        chunk = _child(chunks, "Chunk") if chunks is not None else None
        path = _said(chunk, "Path") or _said(asset, "OriginalFileName")
        size = _said(asset, "Size") or _said(chunk, "Length")
        entry = {
            "id": _identity(_said(asset, "Id")),
            "name": path.removeprefix("file://").rpartition("/")[2] if path else None,
            "size": int(size) if size and size.isdigit() else None,
            "hash": _said(asset, "Hash"),
            "media_type": _said(asset, "Type"),
        }
        found.append({key: value for key, value in entry.items() if value is not None})
    return found


def _composition(root: ElementTree.Element) -> dict[str, Any]:
    """Read what a composition plays: kind, edit rate, length, and the track files it takes essence from."""
    rate = _rate(_said(root, "EditRate"))
    files: dict[str, dict[str, Any]] = {}
    frames = Fraction(0)
    for sequence in root.iter():
        name = _local(sequence)
        if not name.endswith("Sequence") and name not in ("MainPicture", "MainSound", "MainSubtitle"):
            continue
        resources = [each for each in sequence.iter() if _said(each, "TrackFileId")] or (
            [sequence] if _child(sequence, "EntryPoint") is not None else []
        )
        for resource in resources:
            identity = _identity(_said(resource, "TrackFileId") or _said(resource, "Id"))
            if identity and len(files) < _MOST_ASSETS:
                files.setdefault(identity, {"id": identity, "kind": name.removesuffix("Sequence")})
            if name in ("MainImageSequence", "MainPicture"):
                rate = rate or _rate(_said(resource, "EditRate"))
                frames += _length(resource, rate=rate)
    return {
        "content_kind": _said(root, "ContentKind"),
        "edit_rate": str(rate.numerator) + "/" + str(rate.denominator) if rate else None,
        "duration": round(float(frames), 6) if frames else None,
        "assets": list(files.values()),
    }


def _rate(text: str | None) -> Fraction | None:
    parts = (text or "").split()
    if len(parts) != 2 or not all(part.isdigit() and int(part) for part in parts):
        return None
    return Fraction(int(parts[0]), int(parts[1]))


def _length(resource: ElementTree.Element, *, rate: Fraction | None) -> Fraction:
    """Give a resource's length in seconds, every repeat of it counted."""
    own = _rate(_said(resource, "EditRate")) or rate
    numbers = [_said(resource, name) or "" for name in ("SourceDuration", "IntrinsicDuration", "RepeatCount")]
    source, whole, repeats = (int(number) if number.isdigit() else 0 for number in numbers)
    entry = _said(resource, "EntryPoint") or "0"
    frames = source or whole - (int(entry) if entry.isdigit() else 0)
    return Fraction(max(0, frames) * max(1, repeats)) / own if own else Fraction(0)


# --- MXF --------------------------------------------------------------------------------------------


def of_mxf(file: IO[bytes]) -> dict[str, Any]:
    """Read the header's packages, by whose ids compositions name this file, and the AS-11 descriptions in it."""
    names: dict[int, bytes] = {}
    files: list[str] = []
    found: dict[str, Any] = {"type": "mxf"}
    for key, value in _klv(file):
        if key == _PRIMER:
            names = _primer(value)
        elif key == _SOURCE_PACKAGE:
            identity = dict(_items(value)).get(_PACKAGE_UID, b"")
            if len(identity) == 32:
                files.append(str(uuid.UUID(bytes=identity[16:])))
        elif key == _AS11_CORE:
            found |= {"type": "as-11", **_as11(value, names)}
        elif key == _AS11_SEGMENTS:
            found |= {"type": "as-11", "is_segmented": True}
        elif key.startswith(_UK_DPP):
            found |= {"type": "as-11", "is_uk_dpp": True}
    return found | {"track_files": list(dict.fromkeys(files))[:_MOST_ASSETS]}


def _klv(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Give key and value of the header metadata's packets."""
    key, length = _head(file)
    if not key.startswith(_PARTITION):
        raise NoPackage
    pack = file.read(min(length, _LARGEST_VALUE))
    file.seek(length - len(pack), 1)
    (header,) = struct.unpack(">Q", pack[32:40])
    end = file.tell() + min(header, _LARGEST_HEADER)
    # The alignment after the partition pack does not count as header metadata, so one packet may lie before it.
    while file.tell() < end + _LARGEST_VALUE:
        key, length = _head(file)
        if len(key) < 16 or (key.startswith(_PARTITION) and key[13:14] in (b"\x02", b"\x03", b"\x04")):
            return
        if length > _LARGEST_HEADER:
            return
        yield key, file.read(length)


def _head(file: IO[bytes]) -> tuple[bytes, int]:
    key, first = file.read(16), file.read(1)
    if not first:
        return b"", 0
    if first[0] < 0x80:
        return key, first[0]
    return key, int.from_bytes(file.read(first[0] & 0x7F), "big")


def _primer(value: bytes) -> dict[int, bytes]:
    """Read which item each short tag stands for."""
    count, size = struct.unpack(">II", value[:8])
    entries = (value[8 + number * size : 8 + (number + 1) * size] for number in range(min(count, 4000)))
    return {int.from_bytes(entry[:2], "big"): entry[2:18] for entry in entries if len(entry) == 18}


def _items(value: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(value):
        tag, size = struct.unpack(">HH", value[at : at + 4])
        yield tag, value[at + 4 : at + 4 + size]
        at += 4 + size


def _as11(value: bytes, names: dict[int, bytes]) -> dict[str, str]:
    found = {}
    for tag, item in _items(value):
        name = names.get(tag, b"")
        if name[8:15] == _AS11_CORE[8:15] and name[15] in _AS11_ITEMS:
            text = item[:_LARGEST_VALUE].decode("utf-16-be", "replace").rstrip("\x00")
            found[_AS11_ITEMS[name[15]]] = text
    title = found.get("programme_title") or found.get("series_title")
    return found | ({"title": title} if title else {})


if __name__ == "__main__":
    main()
