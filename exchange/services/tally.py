"""The account of an import: what it did so far, as its job tells it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar
from uuid import UUID

#: A result is read by people; what is left out of it is counted.
MOST_ERRORS, MOST_CHANGES = 1000, 100


@dataclass
class Tally:
    """How many rows were read, changed an asset, said what it is already, or failed; and the first of what happened.

    `errors` are `{row, column, id, detail}`, `changes` are `{row, id, title, before, after}`; `ignored` are columns
    that are only told.
    """

    most_errors: ClassVar[int] = MOST_ERRORS

    dry_run: bool
    rows: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    errors_left_out: int = 0
    changes: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    encoding: str = ""

    def fail(self, row: int, detail: str, *, column: str | None = None, asset_id: UUID | None = None) -> None:
        """Note what is wrong with a row, or with a column in its heading."""
        if len(self.errors) >= self.most_errors:
            self.errors_left_out += 1
            return
        told = {"row": row, "column": column, "id": str(asset_id) if asset_id else None, "detail": detail}
        self.errors.append(told)

    def change(self, row: int, *, asset_id: UUID, title: str, before: Any, after: Any) -> None:
        """Note that a row changes an asset."""
        self.changed += 1
        if len(self.changes) < MOST_CHANGES:
            told = {"row": row, "id": str(asset_id), "title": title, "before": before, "after": after}
            self.changes.append(told)

    def document(self) -> dict[str, Any]:
        """Return the account as the job's result."""
        return asdict(self)
