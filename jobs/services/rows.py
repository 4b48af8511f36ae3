"""The hot statements on job rows: each does one step of a job's life in one round trip and answers the row.

Every piece of work costs a queueing, a claim and an end; the ORM's read-change-write of all columns would cost more
than most of that work. Each statement names its organisation itself, behind row-level security.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import JSONField
from psycopg.types.json import Jsonb

from dam.core import reads, wire
from dam.core.delivery import outbox
from dam.core.tenancy import current_organization
from jobs.models import Job

_FIELDS = Job._meta.concrete_fields  # noqa: SLF001  documented
_NAMES = [each.attname for each in _FIELDS]
_ARE_JSON = [isinstance(each, JSONField) for each in _FIELDS]
_RETURNING = "RETURNING " + ", ".join(str(each.column) for each in _FIELDS)

# The job and its wake-up, in one statement.
_INSERT = f"""
    WITH queued AS (INSERT INTO jobs_job (id, organization_id, kind, project_id, version_id, payload, idem_key, queue, created_by,
        priority, lane, expected_s, request_id, traceparent, state, progress, attempts, fence, renditions, created_at, updated_at)
    VALUES (%(id)s, %(organization)s, %(kind)s, %(project)s, %(version)s, %(payload)s, %(idem_key)s, %(queue)s,
        %(created_by)s, %(priority)s, %(lane)s, %(expected_s)s, %(request_id)s, %(traceparent)s, 'queued', 0, 0, 0, '[]', statement_timestamp(),
        statement_timestamp())
    ON CONFLICT (organization_id, kind, idem_key) WHERE idem_key IS NOT NULL DO NOTHING {_RETURNING}),
    woken AS ({outbox.writing("%(topic)s", "jsonb_build_object('job', id, 'queue', queue)", source="queued")})
    SELECT * FROM queued
"""  # noqa: S608  the names of our own columns
_CLAIM_OF = f"""
    UPDATE jobs_job SET state = 'running', attempts = attempts + 1, fence = fence + 1, error = NULL,
        lease_until = statement_timestamp() + %(lease_s)s * interval '1 second',
        started_at = coalesce(started_at, statement_timestamp()), updated_at = statement_timestamp()
    WHERE organization_id = {{organization}} AND id = {{id}} AND attempts < %(most)s
        AND (state = 'queued' AND due_at <= statement_timestamp()
             OR state = 'running' AND lease_until < statement_timestamp())
    {_RETURNING}
"""  # noqa: S608  as above
_CLAIM = _CLAIM_OF.format(organization="%(organization)s", id="%(id)s")
# What `jobs_next` has chosen and named to this transaction.
_CLAIM_CHOSEN = _CLAIM_OF.format(
    organization="nullif(current_setting('app.organization_id', true), '')::uuid",
    id="nullif(current_setting('app.job_id', true), '')::uuid",
)
_RENEW = f"""
    UPDATE jobs_job SET lease_until = statement_timestamp() + %(lease_s)s * interval '1 second',
        updated_at = statement_timestamp(), progress = coalesce(%(progress)s, progress),
        renditions = coalesce(%(renditions)s, renditions)
    WHERE organization_id = %(organization)s AND id = %(id)s AND state = 'running' AND fence = %(fence)s
    {_RETURNING}
"""  # noqa: S608  as above
# A rendition that nobody ended has succeeded with its job.
_SUCCEED = f"""
    UPDATE jobs_job SET state = 'succeeded', result = %(result)s, error = NULL, progress = 1, lease_until = NULL,
        finished_at = statement_timestamp(), updated_at = statement_timestamp(),
        renditions = (
            SELECT coalesce(jsonb_agg(
                CASE WHEN one ->> 'state' IN ('queued', 'running')
                    THEN one || '{{"state": "succeeded", "progress": 1.0}}' ELSE one END ORDER BY place), '[]')
            FROM jsonb_array_elements(coalesce(%(renditions)s, renditions)) WITH ORDINALITY AS listed (one, place))
    WHERE organization_id = %(organization)s AND id = %(id)s AND state = 'running' AND fence = %(fence)s
    {_RETURNING}
"""  # noqa: S608  as above


_NEXT = "SELECT id, organization_id FROM jobs_next(%(queue)s, %(limits)s, %(most)s, %(bulk)s)"
_ENTER = "SELECT set_config('app.organization_id', %(organization)s, true)"
_HAS_ROOM = "SELECT jobs_lane_has_room(%(job)s, %(lane)s, %(limits)s)"


@dataclass(frozen=True)
class Turn:
    """By what rules the next job of a queue is chosen, and for how long it is then held, in seconds."""

    queue: str
    limits: Mapping[str, int]
    most: int
    bulk: int
    lease_s: float

    def calls(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the two statements that choose and take it, in one transaction."""
        chosen = {"queue": self.queue, "limits": Jsonb(self.limits), "most": self.most, "bulk": self.bulk}
        return [(_NEXT, chosen), (_CLAIM_CHOSEN, {"lease_s": self.lease_s, "most": self.most})]


def claim_next(turn: Turn) -> Job | None:
    """Choose the job whose turn it is and take it, outside any scope: one transaction, where it can be one message."""
    choose, claim_it = turn.calls()
    try:
        return _job(wire.at_once([choose, claim_it])[1])
    except wire.Unforeseen:
        with transaction.atomic():
            return _job(reads.first(*claim_it)) if reads.first(*choose) else None


def has_room(job_id: UUID, *, lane: str, limits: Mapping[str, int]) -> bool:
    """Tell whether one more job may run in the lane; who asks next waits until the transaction ends."""
    return bool(reads.row(_HAS_ROOM, {"job": job_id, "lane": lane, "limits": Jsonb(limits)})[0])


def insert(values: Mapping[str, Any], *, topic: str) -> Job | None:
    """Queue a job and its wake-up; None where the organisation has one of that kind and key, and nothing is written."""
    return _row(_INSERT, {**values, "topic": topic, "payload": Jsonb(values["payload"])})


def claim(job_id: UUID, *, lease_s: float, most: int) -> Job | None:
    """Take a job that is due, or whose lease ran out, and that was tried fewer than `most` times."""
    return _row(_CLAIM, {"id": job_id, "lease_s": lease_s, "most": most})


def renew(job_id: UUID, *, fence: int, lease_s: float, changes: Mapping[str, Any]) -> Job | None:
    """Prolong the lease held under this fence and write `progress` and `renditions`, where given."""
    held = {"id": job_id, "fence": fence, "lease_s": lease_s}
    return _row(
        _RENEW, {**held, "progress": changes.get("progress"), "renditions": _json(changes, "renditions")}
    )


def succeed(job_id: UUID, *, fence: int, result: Mapping[str, Any], changes: Mapping[str, Any]) -> Job | None:
    """End the job held under this fence well; `renditions` among the changes replace the row's."""
    held = {"id": job_id, "fence": fence, "result": Jsonb(result)}
    return _row(_SUCCEED, {**held, "renditions": _json(changes, "renditions")})


def succeed_apart(
    job_id: UUID,
    *,
    organization_id: UUID,
    fence: int,
    result: Mapping[str, Any],
    changes: Mapping[str, Any],
    turn: Turn | None,
) -> tuple[Job | None, Job | None]:
    """Do `succeed` in a transaction of its own, in one message; with `turn` do `claim_next` in the same.

    Returns the job that ended and the one that was claimed.

    Raises:
        wire.Unforeseen: it could not be done so, and was not; or it was, and nobody has told us.
    """
    mine = {"organization": organization_id}
    ended = {
        "id": job_id,
        "fence": fence,
        "result": Jsonb(result),
        "renditions": _json(changes, "renditions"),
    }
    claiming = turn.calls() if turn else []
    found = wire.at_once([(_ENTER, mine), (_SUCCEED, mine | ended), *claiming])
    return _job(found[1]), _job(found[3]) if turn else None


def _json(changes: Mapping[str, Any], name: str) -> Jsonb | None:
    return Jsonb(changes[name]) if changes.get(name) is not None else None


def _row(statement: str, parameters: Mapping[str, Any]) -> Job | None:
    return _job(reads.first(statement, {**parameters, "organization": current_organization()}))


def _job(found: tuple[Any, ...] | None) -> Job | None:
    if found is None:
        return None
    # Django keeps its connections from reading JSON: its fields do that, which this goes past.
    values = [
        orjson.loads(each) if is_json and each else each
        for each, is_json in zip(found, _ARE_JSON, strict=True)
    ]
    return Job.from_db("default", _NAMES, values)
