"""What admins do with mirrors: define, change, rebuild, take away; and the sweep that keeps them in step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from activity import services as activity
from dam.core.access import Actor
from dam.core.errors import Conflict, invalid
from dam.core.tenancy import scope
from exchange.export.places import check_template
from exchange.models import Mirror
from exchange.queries.mirrors import changes_for, field_words, looked_until, mirrors_on, newest_change
from jobs import services as jobs
from jobs.models import Job
from jobs.models import State as JobState

MIRROR = "mirror"
MOST_MIRRORS = 50
TOLD = ("name", "project", "template", "content", "root", "is_on")
_BUSY = (JobState.QUEUED, JobState.RUNNING)
_MOVING = frozenset({"template", "content", "project_id"})


@transaction.atomic
def create_mirror(*, actor: Actor, given: Mapping[str, Any]) -> Mirror:
    """Define a mirror and let its first build begin.

    Raises:
        Invalid: a template that names what there is not, a root that is not allowed, or too many mirrors.
        Conflict: the name is taken.
    """
    if Mirror.objects.count() >= MOST_MIRRORS:
        raise invalid("name", f"An organisation has at most {MOST_MIRRORS} mirrors.")
    row = Mirror(created_by=actor.id, **given)
    _check(row)
    _save(row)
    _record(actor, "created", row, after=_told(row))
    request_build(row, actor=actor)
    return row


@transaction.atomic
def edit_mirror(row: Mirror, *, actor: Actor, changes: Mapping[str, Any]) -> Mirror:
    """Change a mirror; what decides where things lie lets it be built anew.

    Locks and transaction: the caller holds the mirror's lock.

    Raises:
        Invalid: as for `create_mirror`; the root of a mirror never changes.
        Conflict: the name is taken.
    """
    before = _told(row)
    if "root" in changes and changes["root"] != row.root:
        raise invalid("root", "A mirror stays where it is; make another one.")
    moves = {name for name in _MOVING & set(changes) if getattr(row, name) != changes[name]}
    wakes = not row.is_on and changes.get("is_on")
    for name, value in changes.items():
        setattr(row, name, value)
    _check(row)
    changed = [each for each in TOLD if before[each] != _told(row)[each]]
    if changed:
        _save(row)
        after = {each: _told(row)[each] for each in changed}
        _record(actor, "changed", row, before={each: before[each] for each in changed}, after=after)
    if (moves or wakes) and row.is_on:
        request_build(row, actor=actor)
    return row


@transaction.atomic
def delete_mirror(row: Mirror, *, actor: Actor) -> None:
    """Take a mirror away: a job removes what it has put there, then the mirror itself.

    Locks and transaction: the caller holds the mirror's lock.
    """
    row.is_on, row.is_ending = False, True
    row.name = f"{row.name[:150]} ({row.id})"
    row.save()
    _record(actor, "deleted", row, before=_told(row))
    _enqueue(row, actor_id=actor.id, mode="end")


@transaction.atomic
def request_build(row: Mirror, *, actor: Actor | None = None) -> Job:
    """Queue a build of the whole mirror; one that waits already is the answer.

    Locks and transaction: in scope; the caller holds the mirror's lock.
    """
    queued = Job.objects.filter(state=JobState.QUEUED, payload__mode="full")
    waiting = queued.filter(id=row.job_id).first() if row.job_id else None
    return waiting or _enqueue(row, actor_id=actor.id if actor else None, mode="full")


def sweep_mirrors() -> int:
    """Queue a run for every mirror whose catalogue has changed since it last looked; returns how many.

    Locks and transaction: one short transaction a mirror, in its own organisation's scope.
    """
    queued = 0
    for mirror_id, organization_id in mirrors_on():
        with scope(organization_id):
            row = Mirror.objects.select_for_update(skip_locked=True).filter(id=mirror_id, is_on=True).first()
            if row is None or _is_busy(row):
                continue
            newest = newest_change(row)
            if row.is_behind or (newest is not None and changes_for(row).exists()):
                _enqueue(row, actor_id=None, mode="follow")
                queued += 1
            elif newest is not None:
                # What does not concern it is not looked through again at every turn.
                Mirror.objects.filter(id=row.id).update(seen_until=looked_until(newest))
    return queued


def _is_busy(row: Mirror) -> bool:
    return row.job_id is not None and Job.objects.filter(id=row.job_id, state__in=_BUSY).exists()


def _enqueue(row: Mirror, *, actor_id: UUID | None, mode: str) -> Job:
    row.runs += 1
    job, _ = jobs.enqueue(
        kind=MIRROR,
        project_id=None,
        version_id=None,
        payload={"mirror": str(row.id), "mode": mode},
        idem_key=f"{row.id}:{row.runs}",
        queue="short",
        created_by=actor_id,
    )
    row.job_id = job.id
    row.save(update_fields=["runs", "job_id"])
    return job


def _check(row: Mirror) -> None:
    try:
        row.template = check_template(row.template, keys=field_words())
    except ValueError as error:
        raise invalid("template", str(error)) from None
    if row.root and row.root not in settings.MIRROR_ROOTS:
        raise invalid("root", "There is no such root; the operator allows them (MIRROR_ROOTS).")


def _save(row: Mirror) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict(
            "There is a mirror of this name already.", fields={"name": ["This name is taken."]}
        ) from None


def _told(row: Mirror) -> dict[str, Any]:
    told = {each: getattr(row, each) for each in TOLD if each != "project"}
    return told | {"project": str(row.project_id) if row.project_id else None}


def _record(actor: Actor, verb: str, row: Mirror, **told: Any) -> None:
    activity.record(actor, verb=f"mirror.{verb}", target_kind="mirror", target_id=row.id, **told)


def rebuild_mirrors(ids: Collection[str], *, builds: bool) -> Iterator[dict[str, Any]]:
    """Yield the mirrors that are on, of these ids or all, each with the job that builds it where it is to be built."""
    for mirror_id, organization_id in mirrors_on():
        if ids and str(mirror_id) not in ids:
            continue
        with scope(organization_id):
            row = Mirror.objects.select_for_update().get(id=mirror_id)
            job = request_build(row) if builds else None
            told = {"id": row.id, "organization": organization_id, "name": row.name, "root": row.root or None}
            told |= {"built_at": row.built_at, "fault": row.fault or None, "job": job.id if job else None}
        yield told
