"""Search, without the database: words, the query language, and what both become for the database to compare."""

from assets.search.language import Query, Term, as_words, note_on, parse, printed
from assets.search.matching import Match, match, typed_words
from assets.search.vectors import FORM, Said, learnt, vector
from assets.search.words import Word, words

__all__ = [
    "FORM",
    "Match",
    "Query",
    "Said",
    "Term",
    "Word",
    "as_words",
    "learnt",
    "match",
    "note_on",
    "parse",
    "printed",
    "typed_words",
    "vector",
    "words",
]
