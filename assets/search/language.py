"""The query language of the search box and of `q=`: what people type, read without ever failing.

    opening shot  "opening shot"  cam*  -draft  kind:video,audio  niche:"fast cars"  duration:>60  created:2026-01..2026-03

Parts are parted by white space and must all hold. What cannot be read becomes words, and the notes say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assets.conditions import FIELD, Condition, key_named
from assets.search.words import is_said, words

#: So many words of a question count, and so many conditions.
MOST_WORDS, MOST_CONDITIONS = 24, 24
#: What is told of the question in notes is cut to so many characters.
_SHOWN = 40
_NO_VALUE = "There is no value."
_MARKS_ALONE = "There is nothing to search for in “{}”."
_PART = re.compile(
    r"""(?P<minus>-?)
    (?: (?P<key>[^\W\d_][\w.-]*) : (?P<asked> (?: "[^"]*(?:"|$) | [^\s"] )+ )
      | "(?P<phrase>[^"]*) (?P<end>"|$) (?P<star>\*?)
      | (?P<plain>[^\s"]+) )""",
    re.VERBOSE,
)
_WAY = re.compile(r">=|<=|>|<|=")
_WAYS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt", "=": "eq"}
_SIGNS = {way: sign for sign, way in _WAYS.items() if way != "eq"}
_VALUE = re.compile(r'(?:"[^"]*(?:"|$)|[^,"])+')
_QUOTED_PREFIX = re.compile(r'"([^"]*)"\*+')
_NEEDS_QUOTES = re.compile(r"[\s,]|^[<>=]|\.\.|\*$")


@dataclass(frozen=True)
class Term:
    """Words that must be there, in order and side by side in a phrase, or must not where `negated`.

    With `is_prefix` the last of them is the beginning of a word. `within` is `title` or `name` (of files) where they
    must stand there; `parse` leaves that to conditions.
    """

    text: str
    is_phrase: bool = False
    is_prefix: bool = False
    negated: bool = False
    within: str = ""


@dataclass(frozen=True)
class Query:
    """What was asked: words and conditions that must all hold, and notes on what was read otherwise than typed."""

    terms: tuple[Term, ...] = ()
    conditions: tuple[Condition, ...] = ()
    notes: tuple[str, ...] = ()


def parse(text: str) -> Query:
    """Return what a text asks; any text does, and the time grows with its length alone."""
    found = list(_parts(text))
    notes = [each for each in found if isinstance(each, str)]
    terms, left = _bounded([each for each in found if isinstance(each, Term)])
    conditions = [each for each in found if isinstance(each, Condition)]
    if left:
        notes.append(f"Only the first {MOST_WORDS} words count.")
    if len(conditions) > MOST_CONDITIONS:
        notes.append(f"Only the first {MOST_CONDITIONS} conditions count.")
    if text.strip() and not terms and not conditions:
        notes.append(_MARKS_ALONE.format(_shown(text)))
        terms = [Term(_sign_of(text))]
    return Query(tuple(terms), tuple(conditions[:MOST_CONDITIONS]), tuple(dict.fromkeys(notes)))


def printed(query: Query) -> str:
    """Return the text that asks the same: `parse` of it gives the same words and conditions."""
    return " ".join([*map(_printed_term, query.terms), *map(_printed_condition, query.conditions)])


@dataclass(frozen=True)
class Placed:
    """A condition that any of some values is enough for, and where in the text stands what it asks for."""

    condition: Condition
    start: int
    end: int


def placed(text: str) -> list[Placed]:
    """Return the conditions of a text that name whole values, in order, each with its place."""
    return [
        Placed(each, found.start("asked"), found.end("asked"))
        for found in _PART.finditer(text)
        if found["key"] is not None
        for each in _asked(found["key"], found["asked"], negated=bool(found["minus"]))
        if isinstance(each, Condition) and each.way == "eq"
    ]


def typed_values(asked: str) -> list[tuple[str, str]]:
    """Return each value of what stands behind a key as it was typed, and as it is read."""
    bare = asked.removeprefix("=")
    typed = [(each, each.replace('"', "").strip()) for each in _VALUE.findall(bare)]
    return [(each, value) for each, value in typed if value]


def printed_value(value: str, *, plainly: bool = True) -> str:
    """Return a value as it stands behind a key, in quotation marks where it needs them, or without `plainly`."""
    return f'"{value}"' if not plainly or _NEEDS_QUOTES.search(value) else value


def as_words(condition: Condition) -> tuple[Term, ...]:
    """Return what is searched for where a condition turns out to be none: its own words, or none of them together."""
    parts = " ".join([condition.key.removeprefix(FIELD), *condition.values]).split()
    if condition.negated:
        return (Term(" ".join(parts), is_phrase=True, negated=True),)
    return tuple(Term(each) for each in parts if is_said(each))


def note_on(condition: Condition, fault: str) -> str:
    """Return the note that a condition was read as words, and why."""
    typed = f"{condition.key.removeprefix(FIELD)}:{','.join(condition.values)}"
    return f"“{_shown(typed)}” was searched for as words. {fault}".strip()


# --- reading ------------------------------------------------------------------------------------------


def _parts(text: str) -> Iterator[Term | Condition | str]:
    for found in _PART.finditer(text):
        negated = bool(found["minus"])
        if found["key"] is not None:
            yield from _asked(found["key"], found["asked"], negated=negated)
        elif found["phrase"] is not None:
            yield from _phrase(found, negated=negated)
        else:
            yield from _plain(found["plain"], negated=negated)


def _plain(text: str, *, negated: bool) -> Iterator[Term | str]:
    if text.endswith(":") and key_named(text[:-1].casefold()) is not None:
        yield f"“{_shown(text)}” was searched for as words. {_NO_VALUE}"
    term = Term(text.rstrip("*"), is_prefix=text.endswith("*"), negated=negated)
    if is_said(term.text):
        yield term


def _phrase(found: re.Match[str], *, negated: bool) -> Iterator[Term | str]:
    is_open = not found["end"]
    if is_open:
        yield "A quotation mark is not closed; the phrase was taken to go on to the end."
    if is_said(found["phrase"]):
        yield Term(found["phrase"], is_phrase=True, is_prefix=is_open or bool(found["star"]), negated=negated)


def _asked(name: str, asked: str, *, negated: bool) -> Iterator[Term | Condition | str]:
    """Read `name:asked`; where it cannot be read, the words of it count."""
    key = _key(name)
    way, values = _compared(asked)
    if way == "range" and not negated:
        for side, value in zip(("gte", "lte"), values, strict=True):
            if value:
                yield Condition(key, side, (value,))
    elif way != "range" and values:
        yield Condition(key, way, values, negated)
    else:
        fault = "A range cannot be left out." if values else _NO_VALUE
        yield note_on(Condition(name, "eq", (asked,)), fault)
        yield from as_words(Condition(name, "eq", values, negated))


def _compared(asked: str) -> tuple[str, tuple[str, ...]]:
    """Return the way in which values are asked for, and them; of a range both ends, one of which may be empty."""
    if sign := _WAY.match(asked):
        value = asked[sign.end() :].replace('"', "").strip()
        return _WAYS[sign[0]], (value,) if value else ()
    if quoted := _QUOTED_PREFIX.fullmatch(asked):
        value = quoted[1].strip()
        return ("prefix", (value,)) if value else ("eq", ())
    if '"' not in asked:
        low, dots, high = asked.partition("..")
        if dots:
            return ("range", (low, high)) if low or high else ("eq", ())
        if asked.endswith("*") and "," not in asked:
            value = asked.rstrip("*")
            return "prefix", (value,) if value else ()
    values = (each.replace('"', "").strip() for each in _VALUE.findall(asked))
    return "eq", tuple(each for each in values if each)


def _key(name: str) -> str:
    """Return the built-in key of a name, else that of a custom field."""
    folded = name.casefold()
    built_in = key_named(folded)
    if built_in is not None:
        return built_in.name
    return folded if folded.startswith(FIELD) and folded != FIELD else f"{FIELD}{folded}"


def _bounded(terms: Sequence[Term]) -> tuple[list[Term], bool]:
    """Return the terms up to so many words, and whether any are left out."""
    kept: list[Term] = []
    room = MOST_WORDS
    for each in terms:
        room -= len(words(each.text)) or 1
        if room < 0 and kept:
            return kept, True
        kept.append(each)
    return kept, room < 0


def _sign_of(text: str) -> str:
    """Return one part of a text that holds no words, and stands for what is found by none."""
    return next((each for each in text.replace('"', " ").split() if not each.endswith("*")), "?")


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


# --- printing -----------------------------------------------------------------------------------------


def _printed_term(term: Term) -> str:
    minus, star = "-" * term.negated, "*" * term.is_prefix
    is_quoted = term.is_phrase or any(each.isspace() for each in term.text)
    return f'{minus}"{term.text}"{star}' if is_quoted else f"{minus}{term.text}{star}"


def _printed_condition(condition: Condition) -> str:
    minus = "-" * condition.negated
    if condition.way in _SIGNS:
        (value,) = condition.values
        asked = _SIGNS[condition.way] + (f'"{value}"' if re.search(r"\s", value) else value)
    elif condition.way == "prefix":
        asked = f"{printed_value(condition.values[0])}*"
    else:
        asked = ",".join(map(printed_value, condition.values))
    return f"{minus}{condition.key}:{asked}"
