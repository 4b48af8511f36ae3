"""File names that every file system takes, made of whatever people call their files."""

from __future__ import annotations

import unicodedata

#: What ext4, APFS and NTFS all take, counted in bytes of UTF-8, less room for a number and an ending.
MOST_BYTES = 200
#: Windows takes these for devices, with any ending.
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))]
)
_FORBIDDEN = frozenset('<>:"/\\|?*')
#: Characters that show nothing but turn what stands beside them round, or make two names look like one.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_name(text: str, *, instead: str = "unnamed", most_bytes: int = MOST_BYTES) -> str:
    """Return one path component that every file system takes and that climbs nowhere; `instead` where nothing is left.

    Composed form (NFC); characters that Windows forbids become `_`, unseen ones go; dots and spaces at both
    ends go too, a device's name is mended; cut at whole characters, with the ending kept.

    Source: Microsoft, "Naming Files, Paths, and Namespaces"; Unicode categories.
    """
    seen = "".join(each for each in unicodedata.normalize("NFC", text) if not _is_unseen(each))
    name = "".join("_" if each in _FORBIDDEN else each for each in seen)
    name = " ".join(name.split()).strip(". ")
    if not name:
        return instead
    if name.split(".", 1)[0].strip().casefold() in RESERVED:
        name = f"_{name}"
    return _cut(name, most_bytes)


def safe_parts(path: str) -> list[str]:
    """Return the components of a path, each made safe; empty ones, `.` and `..` are left out."""
    parts = [each for each in path.replace("\\", "/").split("/") if each.strip() not in {"", ".", ".."}]
    return [safe_name(each) for each in parts]


def numbered(name: str, number: int) -> str:
    """Return the name as the `number`th of its kind, counted from 1: `shot.mov`, `shot (2).mov`."""
    if number == 1:
        return name
    stem, ending = split_ending(name)
    return f"{stem} ({number}){ending}"


def split_ending(name: str) -> tuple[str, str]:
    """Return a name's stem and its ending with the dot; an ending has at most 10 characters."""
    stem, dot, ending = name.rpartition(".")
    if not stem or not dot or len(ending) > 10 or not ending.isalnum():
        return name, ""
    return stem, f".{ending}"


def folded(name: str) -> str:
    """Return what two names share that some file system takes for the same one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN and character != "\N{ZERO WIDTH JOINER}"


def _cut(name: str, most_bytes: int) -> str:
    if len(name.encode()) <= most_bytes:
        return name
    stem, ending = split_ending(name)
    kept = stem.encode()[: most_bytes - len(ending.encode())].decode("utf-8", "ignore")
    return kept.rstrip(". ") + ending
