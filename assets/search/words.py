"""Words: what texts, and what people type into the search box, are made of.

A word is a run of letters, digits and marks, in compatibility form, without case and without the accents of
alphabets: `IMG_0042.mov` holds `img`, `0042` and `mov`, and `Café` holds `cafe`. Plus and number signs right behind
a word are its signs (`C++`, `C#`), and symbols such as emoji stand beside words (`symbols`). Scripts that put no spaces between
words have a word for each character, so that whatever is looked for in the middle of a run is found.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

#: No word is longer, in a text or in a question; what comes behind is left out in both.
MAX_WORD = 64
#: Marks behind one letter that are looked at together: Unicode's Stream-Safe Text Format allows thirty.
MAX_MARKS = 30
_ASCII_WORD = re.compile(r"[^\W_]+", re.ASCII)
#: Accents, points and vowel signs below this are dropped; beyond it marks are letters' halves (Devanagari, kana).
_ALPHABETS_END = "\u0700"
_TATWEEL, _ZERO_WIDTH_SPACE = "\u0640", "\u200b"
_HALFWIDTH_MARKS = "\uff9e\uff9f"
_JOINED_JAMO = ("\u1160", "\u11ff")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}
)
#: First and last code points of scripts without spaces between words, and of Hangul, which bends its words.
_DENSE = (
    (0x0E00, 0x0EFF), (0x1000, 0x11FF), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029),
    (0x3031, 0x3035), (0x3038, 0x303B), (0x3041, 0x318F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip
_DENSE_STARTS = [first for first, _ in _DENSE]
#: What tells `C++` and `C#` from `C`, at the end of a word; musical sharps and full-width forms are typed too.
_SIGNS = re.compile("(?<=[^\\W_])[+#\uff0b\uff03\u266f]{1,3}(?![^\\W_]|[+#\uff0b\uff03\u266f])")
_PLAIN_SIGNS = str.maketrans("\uff0b\uff03\u266f", "+##")
_SYMBOLS = frozenset({"So", "Sc", "Sm", "Co"})
#: A flag is two letters of its own alphabet.
_FLAG_OR_ONE = re.compile("[\U0001f1e6-\U0001f1ff]{2}|.", re.DOTALL)
#: How the character before is drawn: said beside it, and nothing by itself.
_SELECTORS = (("\u180b", "\u180f"), ("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))


class Word(NamedTuple):
    """A word of a text: folded, from `start` up to `end` of the text as it was.

    A dense one is one character of a run without spaces; where the next begins at its end, they stand in one run.
    """

    text: str
    start: int
    end: int
    is_dense: bool = False
    signs: str = ""

    @property
    def whole(self) -> str:
        """The word with its signs."""
        return self.text + self.signs


def words(text: str) -> list[Word]:
    """Return the words of a text, in order; in time that grows with the text alone."""
    if text.isascii():
        found = [_ascii_word(each) for each in _ASCII_WORD.finditer(text)]
    else:
        found = list(_gathered(text))
    signs = {each.start(): each[0].translate(_PLAIN_SIGNS) for each in _SIGNS.finditer(text)}
    return [_signed(each, signs) for each in found] if signs else found


def _signed(word: Word, signs: Mapping[int, str]) -> Word:
    return word._replace(signs=signs.get(word.end, "")) if not word.is_dense else word


def may_be_signed(text: str) -> bool:
    """Tell whether a text holds signs of words."""
    return _SIGNS.search(text) is not None


def symbols(text: str) -> list[str]:
    """Return the symbols of a text that are no part of words, each once: emoji, arrows, currency signs.

    Those of ASCII are punctuation, and those that stand for letters (`№`) are words.
    """
    if text.isascii():
        return []
    found = (unicodedata.normalize("NFKC", each) for each in _FLAG_OR_ONE.findall(text))
    return list(dict.fromkeys(each for each in found if _is_symbol(each)))


def _is_symbol(text: str) -> bool:
    return not text.isascii() and all(unicodedata.category(each) in _SYMBOLS for each in text)


def is_said(text: str) -> bool:
    """Tell whether a text holds anything that can be searched for."""
    return bool(words(text) or symbols(text))


def plain_words(text: str) -> list[str]:
    """Return the words of a text in ASCII, without their places: what of `words` most texts need."""
    return [each[:MAX_WORD] for each in _ASCII_WORD.findall(text.lower())]


def _ascii_word(found: re.Match[str]) -> Word:
    return Word(found[0][:MAX_WORD].lower(), found.start(), found.end())


def _gathered(text: str) -> Iterator[Word]:
    """Put the characters of a text together, those of dense scripts apart."""
    gathered, start, end = "", 0, 0
    for first, after in _clusters(text):
        for each in _folded(text[first:after]):
            is_dense = _is_dense(each)
            if gathered and (is_dense or each == " "):
                yield Word(gathered[:MAX_WORD], start, end)
                gathered = ""
            if is_dense:
                yield Word(each, first, after, is_dense=True)
            elif each != " ":
                start = start if gathered else first
                gathered += each if len(gathered) < MAX_WORD else ""
                end = after
    if gathered:
        yield Word(gathered, start, end)


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each character begins and ends together with the marks behind it."""
    start = 0
    for place in range(1, len(text)):
        if place - start > MAX_MARKS or not _is_joined(text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)


def _is_joined(character: str) -> bool:
    if character < "\u0300":
        return False
    return (
        unicodedata.category(character)[0] == "M"
        or _JOINED_JAMO[0] <= character <= _JOINED_JAMO[1]
        or character in _HALFWIDTH_MARKS
    )


@lru_cache(maxsize=20_000)
def _folded(cluster: str) -> tuple[str, ...]:
    """Return the letters of one character and its marks; a space for each that is no part of a word."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold()).translate(
        _LETTERS
    )
    bare = "".join(each for each in unicodedata.normalize("NFD", plain) if not _is_accent(each))
    letters: list[str] = []
    for each in unicodedata.normalize("NFC", bare):
        letter = _letter(each)
        # The marks of a dense character stay with it: one character, one word.
        if letters and letter and unicodedata.category(letter)[0] == "M" and _is_dense(letters[-1]):
            letters[-1] += letter
        elif letter:
            letters.append(letter)
    return tuple(letters)


def _is_accent(character: str) -> bool:
    return character < _ALPHABETS_END and (unicodedata.category(character) == "Mn" or character == _TATWEEL)


def _letter(character: str) -> str:
    """Return a letter itself, nothing for what only says how it is written, a space for what parts words."""
    category = unicodedata.category(character)
    if category == "Me" or any(first <= character <= last for first, last in _SELECTORS):
        return ""
    if category[0] in "LMN":
        return character
    return "" if category == "Cf" and character != _ZERO_WIDTH_SPACE else " "


@lru_cache(maxsize=20_000)
def _is_dense(letters: str) -> bool:
    point = ord(letters[0])
    index = bisect_right(_DENSE_STARTS, point) - 1
    return index >= 0 and point <= _DENSE[index][1]
