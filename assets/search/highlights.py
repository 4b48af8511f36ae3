"""Where in a text the words stand that were searched for: fragments with ranges, in characters from their beginning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assets.search.language import Term
from assets.search.matching import PREFIX_FROM, runs
from assets.search.words import Word, words

#: A fragment of a longer text has about so many characters, of which so many stand before the first find.
FRAGMENT, BEFORE = 160, 40
MOST_RANGES = 20


@dataclass(frozen=True)
class Fragment:
    """A piece of a text with the ranges that were found: from, up to (exclusive)."""

    text: str
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Pattern:
    """Words side by side; `ends_open` where the last may go on."""

    texts: tuple[str, ...]
    ends_open: bool


class Finder:
    """Finds the words of a question in texts; what must be missing is not looked for."""

    def __init__(self, terms: Iterable[Term], *, fixes: Mapping[str, Sequence[str]] | None = None) -> None:
        """Take what was asked, and what mistyped words may mean."""
        self._starts: dict[str, list[_Pattern]] = {}
        self._beginnings: list[str] = []
        for term in terms:
            for pattern in [] if term.negated else _patterns(term, fixes or {}):
                if len(pattern.texts) == 1 and pattern.ends_open:
                    self._beginnings.append(pattern.texts[0])
                else:
                    self._starts.setdefault(pattern.texts[0], []).append(pattern)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to find."""
        return not self._starts and not self._beginnings

    def fragment(self, text: str) -> Fragment | None:
        """Return the piece of a text around the first find; None where nothing is found."""
        found = list(self._ranges(text))
        if not found:
            return None
        start, end = _piece(text, found[0])
        inside = [(a - start, b - start) for a, b in _joined(found) if a >= start and b <= end]
        return Fragment(text[start:end], tuple(inside[:MOST_RANGES]))

    def _ranges(self, text: str) -> Iterator[tuple[int, int]]:
        found = words(text)
        for place, word in enumerate(found):
            if any(word.text.startswith(each) for each in self._beginnings):
                yield word.start, word.end
            for pattern in self._starts.get(word.text, ()):
                here = found[place : place + len(pattern.texts)]
                if _is_there(pattern, here):
                    yield word.start, here[-1].end


def _patterns(term: Term, fixes: Mapping[str, Sequence[str]]) -> Iterator[_Pattern]:
    found = words(term.text)
    if not found:
        return
    if term.is_phrase:
        yield _Pattern(tuple(each.text for each in found), _may_go_on(found[-1]) and term.is_prefix)
        return
    for run in runs(found):
        yield _Pattern(tuple(each.text for each in run), _may_go_on(run[-1]))
        yield from (_Pattern((fix,), ends_open=False) for fix in fixes.get(run[0].text, ()))


def _may_go_on(word: Word) -> bool:
    return not word.is_dense and len(word.text) >= PREFIX_FROM


def _is_there(pattern: _Pattern, here: Sequence[Word]) -> bool:
    if len(here) < len(pattern.texts):
        return False
    *firsts, last = pattern.texts
    is_last = here[-1].text.startswith(last) if pattern.ends_open else here[-1].text == last
    return is_last and all(word.text == text for word, text in zip(here, firsts, strict=False))


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _piece(text: str, first: tuple[int, int]) -> tuple[int, int]:
    """Return where the piece around a find begins and ends, at white space where there is some."""
    if len(text) <= FRAGMENT:
        return 0, len(text)
    start = max(0, first[0] - BEFORE)
    if start:
        space = text.find(" ", start, first[0])
        start = space + 1 if space >= 0 else start
    end = min(len(text), max(start + FRAGMENT, first[1]))
    if end < len(text):
        space = text.rfind(" ", first[1], end)
        end = space if space >= 0 else end
    return start, end
