"""All errors of an import as a table, where they are more than its result holds.

The rows are tried once more, which changes nothing: what failed fails again, for the same reason.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from exchange.export.tables import cell
from exchange.services.tally import Tally

COLUMNS = ("row", "column", "id", "detail")


@dataclass
class Complaints(Tally):
    """The account of a trial, with every error of some rows."""

    most_errors: ClassVar[int] = 1_000_000


def errors_table(
    rows: Iterator[Any],
    *,
    heading: Iterable[dict[str, Any]],
    size: int,
    attempt: Callable[[Any, Tally], None],
) -> Iterator[bytes]:
    """Yield a table of what is wrong, a batch of rows at a time; `attempt` tries a batch and tells the tally."""
    yield _lines([dict(zip(COLUMNS, COLUMNS, strict=True)), *heading])
    while batch := list(islice(rows, size)):
        tally = Complaints(dry_run=True)
        attempt(batch, tally)
        yield _lines(tally.errors)


def _lines(errors: Iterable[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [cell(each[name]) for name in COLUMNS] for each in errors
    )
    return text.getvalue().encode()
