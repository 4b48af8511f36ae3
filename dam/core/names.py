"""What may be a name at all, whoever gives it to whatever: one rule, pure."""

from __future__ import annotations

import unicodedata

MAX_FILE_NAME = 255
UNSEEN = "Give a name that can be seen."
#: Letters, marks and symbols that take room and show nothing; what else shows nothing says so by its category.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_VARIATIONS = (("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
# Characters that turn the reading order round: `gpj.exe` then reads as something else.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def has_controls(text: str) -> bool:
    """Tell whether the text holds control characters, line breaks, half characters or reversed order."""
    return any(each in _BIDI or unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in text)


def is_seen(text: str) -> bool:
    """Tell whether anything of a text shows: spaces, soft hyphens, joiners and fillers alone do not.

    Source: Unicode's Default_Ignorable_Code_Point, and the blank pattern of Braille.
    """
    return any(_is_seen(each) for each in text)


def check_seen(text: str) -> None:
    """Refuse a name of which nothing shows: two of them could not be told apart, nor from none.

    Raises:
        ValueError: nothing of it shows.
    """
    if not is_seen(text):
        raise ValueError(UNSEEN)


def clean_file_name(text: str) -> str:
    """Return a file name in composed form.

    Raises:
        ValueError: it is empty, over 255 characters, a path, `.` or `..`, has control characters, or nothing
            of it shows.
    """
    name = unicodedata.normalize("NFC", text)
    if not name.strip():
        raise ValueError("Give the file's name.")
    if len(name) > MAX_FILE_NAME:
        raise ValueError(f"A file name has at most {MAX_FILE_NAME} characters.")
    if "/" in name or "\\" in name:
        raise ValueError("Give the name alone, without a path.")
    if name.strip() in {".", ".."}:
        raise ValueError("This is not a file name.")
    if has_controls(name):
        raise ValueError("A file name has no control characters.")
    check_seen(name)
    return name


def _is_seen(character: str) -> bool:
    if character in _BLANK or any(first <= character <= last for first, last in _VARIATIONS):
        return False
    return unicodedata.category(character) not in _UNSEEN_CATEGORIES
