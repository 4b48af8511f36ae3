"""What the activity record must hold of a row: rooms say it in `AppConfig.ready`, the check of everything asks here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recorded:
    """A table whose rows never come to be, or change in these ways, without a line in the record.

    `kind` is the line's target kind, `made` the verb that tells of the row's making; `marks` names columns that
    hold the time of an act, and the verb that tells of it. Rows with one of the values in `except_for`, by column,
    need no line.
    """

    table: str
    kind: str
    made: str
    marks: Mapping[str, str] = field(default_factory=dict)
    except_for: Mapping[str, str] = field(default_factory=dict)


_tables: dict[str, Recorded] = {}


def declare(*tables: Recorded) -> None:
    """Register tables; registering one again changes nothing."""
    _tables.update({each.table: each for each in tables})


def recorded_tables() -> list[Recorded]:
    """Return every registered table."""
    return list(_tables.values())
