"""Who watches while an import changes much: projects are told to fetch anew, now and then and in the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from activity.services import tell_to_fetch_anew
from dam.core.access import SYSTEM, Actor
from exchange.queries.matching import projects_changed_by
from jobs.models import Job
from orgs.queries import actor_of_user

#: Whoever watches a project fetches anew as often; less often where many projects change, so that all of them together
#: hear of it so many times a second.
TELL_EVERY_S, TOLD_A_SECOND = 2.0, 20


@dataclass
class Watchers:
    """The projects whose watchers are yet to hear of an operation's changes."""

    operation_id: UUID
    untold: set[UUID] = field(default_factory=set)
    told_at: float | None = None
    #: Few changes are told one by one, as they are recorded.
    are_few: bool = False

    def tell(self, actor: Actor, *, is_over: bool = False) -> None:
        """Tell them, unless that was done just now; in the end in any case.

        Locks and transaction: in scope, in the transaction of the changes or a later one.
        """
        pause_s = max(TELL_EVERY_S, len(self.untold) / TOLD_A_SECOND)
        is_due = is_over or self.told_at is None or time.monotonic() - self.told_at >= pause_s
        if self.untold and is_due:
            tell_to_fetch_anew(actor, self.untold, operation_id=self.operation_id)
            self.untold.clear()
            self.told_at = time.monotonic()


def tell_of_ended_import(job_id: UUID, organization_id: UUID, problem: dict[str, Any]) -> None:
    """Tell what an import that failed or was cancelled has changed, in the transaction that ends it."""
    places = projects_changed_by(job_id)
    if places:
        asked_by = Job.objects.values_list("created_by", flat=True).get(id=job_id)
        tell_to_fetch_anew(actor_of_user(asked_by) if asked_by else SYSTEM, places, operation_id=job_id)
