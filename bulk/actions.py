"""Actions over many assets that rooms above bring; what the catalogue itself can do needs no entry here.

A room registers in `AppConfig.ready`; `POST /api/bulk` then takes the name as a key of `action`, given alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from dam.core.access import Actor, Permission


class Work(Protocol):
    """A job in its worker's hands, with what it works on."""

    #: What `check` returned when the job was asked for.
    value: Any
    #: The job's id, the operation of every line of the record that it writes.
    operation_id: UUID
    organization_id: UUID
    #: How many assets were chosen.
    matched: int

    def actor(self) -> Actor:
        """Return whoever asked, with the rights that they have now; inside or outside a scope."""

    def parts(self) -> Iterator[list[UUID]]:
        """Yield the ids that were chosen, some hundred at a time and the same ones in every run.

        Outside any transaction; tells the progress between two of them. Ids may have gone since.

        Raises:
            LeaseLost: the job was cancelled or taken over: stop, leave no trace.
        """

    def failed(self, asset_id: UUID, detail: str) -> None:
        """Note, with a sentence for a person, that one of them could not be done; the others go on."""


#: Given the actor, the value in the body, and whether nothing must be done yet; raises Invalid with the path
#: `action.NAME…`. Returns what the job is to know, as JSON.
Check = Callable[[Actor, Any], Any]
#: Does the work, outside any transaction, and returns what is added to the job's result. SHALL be safe to run twice.
Perform = Callable[[Work], dict[str, Any] | None]


@dataclass(frozen=True)
class Action:
    """One registered action, and the permission that each asset's project must give."""

    check: Check
    perform: Perform
    permission: Permission


_actions: dict[str, Action] = {}


def register(name: str, *, check: Check, perform: Perform, permission: Permission = Permission.VIEW) -> None:
    """Let `POST /api/bulk` take `action.NAME`.

    Which assets the caller sees is judged here, and `permission` in every one of their projects when the job is
    asked for; what may be seen later, `perform` judges with `work.actor()`.
    """
    _actions[name] = Action(check, perform, permission)


def registered() -> dict[str, Action]:
    """Return every registered action by its name."""
    return dict(_actions)
