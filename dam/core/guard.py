"""The one broad `except` of the house: the edge between our loops and the code that they run for others.

A job's handler, a relay's handler and a scheduled task may fail in ways nobody foresaw; the loop that runs them
must note it and go on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dam.core.outages import is_database_away

logger = logging.getLogger(__name__)


@dataclass
class Outcome:
    """What became of the guarded code: `error` is None after success."""

    error: Exception | None = None


@contextmanager
def guard(event: str, *, expected: tuple[type[Exception], ...] = (), **fields: Any) -> Iterator[Outcome]:
    """Run the block; log an exception as `event` and keep it in the outcome instead of raising it.

    Exceptions of the `expected` types are kept without a log entry; a database that is away is no crash, so it is a
    warning.
    """
    outcome = Outcome()
    try:
        yield outcome
    except expected as error:
        outcome.error = error
    except Exception as error:  # see the module's first line
        outcome.error = error
        if is_database_away(error):
            logger.warning("database.away", extra=fields | {"during": event, "error": str(error)})
        else:
            logger.exception(event, extra=fields)
