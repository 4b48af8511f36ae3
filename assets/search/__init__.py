"""Search, without the database: words, the query language, and what both become for the database to compare."""

from assets.search.highlights import Finder, Fragment
from assets.search.language import Query, Term, as_words, note_on, parse, placed, printed
from assets.search.matching import Match, match, ranked, typed_words
from assets.search.renaming import MAY_NAME, Renaming, Unsayable, asks_for, renamed
from assets.search.vectors import FORM, Said, entry, field_texts, is_learnt, vector
from assets.search.words import Word, is_said, words

__all__ = [
    "FORM",
    "MAY_NAME",
    "Finder",
    "Fragment",
    "Match",
    "Query",
    "Renaming",
    "Said",
    "Term",
    "Unsayable",
    "Word",
    "as_words",
    "asks_for",
    "entry",
    "field_texts",
    "is_learnt",
    "is_said",
    "match",
    "note_on",
    "parse",
    "placed",
    "printed",
    "ranked",
    "renamed",
    "typed_words",
    "vector",
    "words",
]
