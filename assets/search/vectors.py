"""From what an asset says to what the database finds it by: a `tsvector` of weighted words with their places.

A tag is besides one word of its own, `t=…`, and the words of names of files are entered once more as `n=…`: nothing that
people type can turn into these. A word with signs (`c++`) is entered with them and without, a symbol where its text begins. A run of a script without
spaces (`words.Word.is_dense`) is entered as its pairs of neighbouring characters, and its last character.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from assets.search.words import Word, may_be_signed, plain_words, symbols, words

#: The form of what is entered here; entries of an older one are made anew in the background.
FORM = 3
#: An asset is found by so many different words at most, the weightiest first: a long film's subtitles must not make
#: each change of its title slow.
MOST_LEXEMES = 3000
#: The database knows no place beyond this one.
LAST_PLACE = 16_383
#: Places between two texts, so that no phrase reaches from one into the next.
_GAP = 8
_MOST_PLACES_OF_ONE = 16
_ID_LENGTH = 36


@dataclass(frozen=True)
class Said:
    """What an asset says, by where it says it, the weightiest first."""

    title: str = ""
    tags: Sequence[str] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    names: Sequence[str] = ()
    comments: Sequence[str] = ()
    sidecars: Sequence[str] = ()

    def texts_in(self, source: str) -> list[str]:
        """Return the texts that it says in one place, those of fields as people read them."""
        match source:
            case "title":
                return [self.title]
            case "fields":
                return [each for value in self.fields.values() for each in field_texts(value)]
        return list(getattr(self, source))

    def texts(self) -> list[str]:
        """Return everything that it says."""
        return [text for source, _, _ in _WEIGHTS for text in self.texts_in(source)]


#: Label of the words, and how often their text is entered: the database weighs by four labels, and by how often.
_WEIGHTS = (("title", "A", 1), ("tags", "B", 1), ("fields", "C", 2), ("names", "C", 1), ("comments", "D", 2), ("sidecars", "D", 1))  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """What an asset is found by, as the text of a `tsvector`; and those of its words that a mistyped one may mean."""

    vector: str
    learnt: list[str]


def entry(said: Said) -> Entry:
    """Return what an asset is found by; its words to learn are the weightiest first."""
    tags = dict.fromkeys(map(tag_lexeme, said.tags))
    places: dict[str, list[str]] = {}
    dense = set[str]()
    room, place = MOST_LEXEMES - len(tags), 0
    for source, label, times in _WEIGHTS:
        for text in said.texts_in(source):
            found = _entered(text, dense)
            beside = list(_beside(text))
            if source == "names":
                beside += [
                    (NAMED + each, at)
                    for each, at in [*((word, at) for at, word in enumerate(found)), *beside]
                ]
            for _ in range(times):
                place += _GAP
                if place <= LAST_PLACE:
                    _enter(places, found, place, label=label, room=room)
                    for lexeme, at in beside:
                        _enter(places, [lexeme], place + at, label=label, room=room)
                place += len(found)
    told = [*map(quoted, tags), *(f"'{lexeme}':{','.join(held)}" for lexeme, held in places.items())]
    learnt = [each for each in places if _may_be_learnt(each) and each not in dense]
    return Entry(" ".join(told), learnt)


def vector(said: Said) -> str:
    """Return what an asset is found by, as the text of a `tsvector`."""
    return entry(said).vector


def _entered(text: str, dense: set[str]) -> list[str]:
    """Return what a text is entered as, in order: letters and digits alone; those of dense scripts are noted."""
    if text.isascii():
        return plain_words(text)
    found = words(text)
    entered = [lexeme for lexeme, _ in lexemes(found)]
    dense.update(lexeme for lexeme, word in zip(entered, found, strict=True) if word.is_dense)
    return entered


def _beside(text: str) -> Iterator[tuple[str, int]]:
    """Yield what a text is entered as besides its words, with places from 0: symbols, and words with their signs."""
    for each in symbols(text):
        yield each, 0
    for place, word in enumerate(words(text) if may_be_signed(text) else ()):
        if word.signs:
            yield word.whole, place


def _enter(places: dict[str, list[str]], found: Sequence[str], first: int, *, label: str, room: int) -> None:
    for place, lexeme in enumerate(found[: LAST_PLACE + 1 - first], first):
        held = places.get(lexeme)
        if held is None:
            if len(places) >= room:
                continue
            held = places[lexeme] = []
        if len(held) < _MOST_PLACES_OF_ONE:
            held.append(f"{place}{label}")


def field_texts(value: Any) -> Iterator[str]:
    """Yield the texts of a custom field's value; people stand there by their ids, which nobody reads."""
    match value:
        case bool() | None:
            return
        case list():
            for each in value:
                yield from field_texts(each)
        case int() | float():
            yield f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
        case str() if not _is_id(value):
            yield value


def _is_id(text: str) -> bool:
    try:
        return len(text) == _ID_LENGTH and bool(UUID(text))
    except ValueError:
        return False


def lexemes(found: Sequence[Word]) -> Iterator[tuple[str, int]]:
    """Yield what words are entered as, with their places from 0."""
    for place, each in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        yield (each.text + after.text if after and is_one_run(each, after) else each.text), place


def is_one_run(one: Word, after: Word) -> bool:
    """Tell whether two neighbours stand in one run of a script without spaces."""
    return one.is_dense and after.is_dense and after.start <= one.end


def is_learnt(word: Word) -> bool:
    """Tell whether it is a word that may be mistyped: letters alone, three or more, of a script with spaces."""
    return not word.is_dense and _may_be_learnt(word.text)


def _may_be_learnt(word: str) -> bool:
    return 3 <= len(word) < 64 and word.isalpha()


#: What stands before each word of a file's name, where the name alone is asked for.
NAMED = "n="


def tag_lexeme(tag: str) -> str:
    """Return what a tag is entered as."""
    return f"t={tag}"


def quoted(lexeme: str) -> str:
    """Return a lexeme as `tsvector` and `tsquery` read it."""
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
