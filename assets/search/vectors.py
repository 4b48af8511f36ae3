"""From what an asset says to what the database finds it by: a `tsvector` of weighted words with their places.

A tag is besides one word of its own, `t=…`, which nothing that people type can turn into. A run of a script without
spaces (`words.Word.is_dense`) is entered as its pairs of neighbouring characters, and its last character.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from assets.search.words import Word, words

#: The form of what is entered here; entries of an older one are made anew in the background.
FORM = 2
#: An asset is found by so many different words at most, the weightiest first: a long film's subtitles must not make
#: each change of its title slow.
MOST_LEXEMES = 3000
#: The database knows no place beyond this one.
LAST_PLACE = 16_383
#: Places between two texts, so that no phrase reaches from one into the next.
_GAP = 8
_MOST_PLACES_OF_ONE = 16


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


def vector(said: Said) -> str:
    """Return what an asset is found by, as the text of a `tsvector`."""
    places: dict[str, list[str]] = {tag_lexeme(each): [] for each in said.tags}
    place = 0
    for source, label, times in _WEIGHTS:
        for text in said.texts_in(source):
            found = words(text)
            for _ in range(times):
                place += _GAP
                _enter(places, found, place, label)
                place += len(found)
    return " ".join(
        quoted(lexeme) + (f":{','.join(held)}" if held else "") for lexeme, held in places.items()
    )


def _enter(places: dict[str, list[str]], found: Sequence[Word], place: int, label: str) -> None:
    for lexeme, offset in lexemes(found):
        if place + offset > LAST_PLACE:
            return
        held = places.get(lexeme)
        if held is None:
            if len(places) >= MOST_LEXEMES:
                continue
            held = places[lexeme] = []
        if len(held) < _MOST_PLACES_OF_ONE:
            held.append(f"{place + offset}{label}")


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
        return len(text) == len(str(UUID(int=0))) and bool(UUID(text))
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


def learnt(said: Said) -> Iterator[str]:
    """Yield the words of an asset that a mistyped one may have meant, the weightiest first."""
    seen = set[str]()
    for text in said.texts():
        for each in words(text):
            if each.text not in seen and is_learnt(each):
                seen.add(each.text)
                yield each.text


def is_learnt(word: Word) -> bool:
    """Tell whether it is a word that may be mistyped: letters alone, three or more, of a script with spaces."""
    return not word.is_dense and 3 <= len(word.text) < 64 and word.text.isalpha()


def tag_lexeme(tag: str) -> str:
    """Return what a tag is entered as."""
    return f"t={tag}"


def quoted(lexeme: str) -> str:
    """Return a lexeme as `tsvector` and `tsquery` read it."""
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
