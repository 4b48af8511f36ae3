"""What a list or a search asks of assets beside words: conditions as people write them, and as the database compares.

A `Condition` holds texts as they were typed, from a list's parameters or out of the query language; `typed` turns it
into what is `Asked`: alternatives, one of which must hold, each of comparisons that must all hold. Nothing here knows
the database, the caller or the organisation's custom fields (`field.KEY`), which `assets.queries` types by their
definitions.
"""

from assets.conditions.parameters import MAX_Q, PARAMETERS, Reading, read
from assets.conditions.readers import moments, typed
from assets.conditions.words import (
    ALIASES,
    APPROVALS,
    CLASSES,
    FIELD,
    KEYS,
    KINDS,
    MARKS,
    STATES,
    WAYS,
    Asked,
    Comparison,
    Condition,
    Key,
    key_named,
)

__all__ = [
    "ALIASES",
    "APPROVALS",
    "CLASSES",
    "FIELD",
    "KEYS",
    "KINDS",
    "MARKS",
    "MAX_Q",
    "PARAMETERS",
    "STATES",
    "WAYS",
    "Asked",
    "Comparison",
    "Condition",
    "Key",
    "Reading",
    "key_named",
    "moments",
    "read",
    "typed",
]
