"""From words that people type to what the database compares with the words of assets: a `tsquery`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assets.search.language import Term
from assets.search.vectors import NAMED, is_one_run, lexemes, quoted, tag_lexeme
from assets.search.words import Word, symbols, words

#: Shorter words are found whole only: behind the first two letters of anything lies half a catalogue.
PREFIX_FROM = 3


@dataclass(frozen=True)
class Match:
    """What to compare: `wanted` decides what is found, `ranked` orders it by how well; both are a `tsquery`."""

    wanted: str
    ranked: str


def match(
    terms: Sequence[Term], *, tags: Sequence[str] = (), fixes: Mapping[str, Collection[str]] | None = None
) -> Match | None:
    """Return what finds the terms and the tags; None where nothing can be found by them.

    `fixes` holds what a mistyped word may mean besides itself.
    """
    asked = [_asked(each, fixes or {}) for each in terms]
    if any(each is None for each in asked):
        return None
    wanted = [each for each in asked if each] + [quoted(tag_lexeme(each)) for each in tags]
    return Match(" & ".join(wanted), ranked(terms, fixes=fixes))


def ranked(terms: Sequence[Term], *, fixes: Mapping[str, Collection[str]] | None = None) -> str:
    """Return any of the words that are wanted: finds are weighed by each of them, wherever they stand."""
    alternatives: dict[str, None] = {}
    for term in terms:
        for lexeme in [] if term.negated else _loose(term):
            alternatives[lexeme] = None
            for fix in (fixes or {}).get(lexeme.strip("':*"), ()):
                alternatives[quoted(fix)] = None
    return " | ".join(alternatives)


def typed_words(terms: Iterable[Term]) -> list[Word]:
    """Return the words that are wanted, in order: not those of phrases, and not what must be missing."""
    return [word for each in terms if not (each.negated or each.is_phrase) for word in words(each.text)]


def _asked(term: Term, fixes: Mapping[str, Collection[str]]) -> str | None:
    found = words(term.text)
    if not found:
        asked = " & ".join(_lexeme(each, within=term.within) for each in symbols(term.text))
    elif term.is_phrase:
        asked = _in_order(found, ends_open=term.is_prefix, within=term.within)
    else:
        asked = " & ".join(_with_fixes(each, fixes, within=term.within) for each in runs(found))
    return f"!({asked})" if term.negated and asked else asked or None


def runs(found: Sequence[Word]) -> list[list[Word]]:
    """Part words into runs: one each, but those of a script without spaces that stand side by side."""
    runs: list[list[Word]] = []
    for each in found:
        if runs and is_one_run(runs[-1][-1], each):
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


def _with_fixes(run: Sequence[Word], fixes: Mapping[str, Collection[str]], *, within: str) -> str:
    asked = _in_order(run, ends_open=True, within=within)
    meant = [quoted(each) for each in fixes.get(run[0].text, ())]
    return f"({' | '.join([asked, *meant])})" if meant else asked


def _in_order(found: Sequence[Word], *, ends_open: bool, within: str) -> str:
    """Return words side by side; `ends_open` where the last may go on."""
    pairs = list(lexemes(found))
    # The last character of a run begins a pair wherever the run goes on: it is looked for by itself alone.
    kept = [pairs[index] for index in range(len(pairs)) if not _is_told_before(found, index)]
    parts = [
        _lexeme(
            found[place].whole if found[place].signs else lexeme,
            within=within,
            goes_on=_goes_on(found[place], lexeme, ends_open=ends_open and place == kept[-1][1]),
        )
        for lexeme, place in kept
    ]
    asked = parts[0]
    for index in range(1, len(parts)):
        asked += f" <{kept[index][1] - kept[index - 1][1]}> {parts[index]}"
    return f"({asked})" if len(parts) > 1 else asked


def _is_told_before(found: Sequence[Word], index: int) -> bool:
    is_last = index + 1 == len(found) or not is_one_run(found[index], found[index + 1])
    return index > 0 and is_last and is_one_run(found[index - 1], found[index])


def _lexeme(lexeme: str, *, within: str = "", goes_on: bool = False) -> str:
    """Return a lexeme as it is asked for: anywhere, or within titles or names of files alone."""
    marks = "*" * goes_on + "A" * (within == "title")
    return quoted((NAMED if within == "name" else "") + lexeme) + (f":{marks}" if marks else "")


def _goes_on(word: Word, lexeme: str, *, ends_open: bool) -> bool:
    """Whether what begins so is found too: one character of a run always, for it stands first in pairs."""
    if word.is_dense:
        return lexeme == word.text
    return ends_open and (len(word.text) >= PREFIX_FROM or bool(word.signs))


def _loose(term: Term) -> list[str]:
    """Return the lexemes of a term, each by itself."""
    found = words(term.text)
    if not found:
        return [_lexeme(each) for each in symbols(term.text)]
    ends_open = term.is_prefix or not term.is_phrase
    return [
        _lexeme(lexeme, goes_on=_goes_on(found[place], lexeme, ends_open=ends_open))
        for lexeme, place in lexemes(found)
        if not _is_told_before(found, place)
    ]
