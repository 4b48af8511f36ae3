"""Search, without the database: words, the query language, and what both become for the database to compare."""

from assets.search.highlights import Finder, Fragment
from assets.search.language import Query, Term, as_words, note_on, parse, printed
from assets.search.matching import Match, match, ranked, typed_words
from assets.search.vectors import FORM, Said, field_texts, is_learnt, learnt, vector
from assets.search.words import Word, words

__all__ = [
    "FORM",
    "Finder",
    "Fragment",
    "Match",
    "Query",
    "Said",
    "Term",
    "Word",
    "as_words",
    "field_texts",
    "is_learnt",
    "learnt",
    "match",
    "note_on",
    "parse",
    "printed",
    "ranked",
    "typed_words",
    "vector",
    "words",
]
