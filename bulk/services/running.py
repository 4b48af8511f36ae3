"""Doing the work: slice by slice, each in a short transaction under the job's fence, so that it can stop anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.utils import timezone

from activity.services import is_told_singly, tell_to_fetch_anew
from assets import services as assets
from assets.models import Asset, Collection, Shoot, Version
from assets.services import Edit, Written
from bulk import actions
from bulk.models import Operation, Part
from bulk.services import following
from bulk.services.parts import actor_of, gather
from bulk.services.planning import EditPlan, Impossible, Judge, Tally, UndoPlan, rows_of
from dam.core import failpoints, tenancy
from dam.core.access import Actor, Permission
from dam.core.pace import Pace
from dam.core.tenancy import current_organization
from jobs.errors import JobFailed
from jobs.models import Priority
from jobs.services import JobRun
from previews import services as previews

#: So many errors a job's result names; `failed` counts all.
MOST_ERRORS = 500
#: Whoever watches a project fetches anew as often while much of it changes; less often where many projects change,
#: so that all of them together hear of it so many times a second.
TELL_EVERY, TOLD_A_SECOND = timedelta(seconds=2), 20


def perform(run: JobRun) -> dict[str, Any]:
    """Do the job `bulk`: the handler of its kind.

    Raises:
        JobFailed: whoever asked is no longer of the organisation, or the collection to fill is gone.
        LeaseLost: the job is no longer ours.
    """
    gather(run)
    with tenancy.scope(run.organization_id):
        operation = Operation.objects.get(id=run.job_id)
    foreign = next((each for each in operation.action if each in actions.registered()), None)
    if foreign is not None:
        work = _Work(run, operation, operation.action[foreign])
        return work.result(actions.registered()[foreign].perform(work) or {})
    return _through(run)


def perform_undo(run: JobRun) -> dict[str, Any]:
    """Do the job `bulk-undo`: the handler of its kind. As `perform`."""
    gather(run)
    return _through(run)


def _through(run: JobRun) -> dict[str, Any]:
    """Work through the slices that are left, each as large as one transaction may be on this machine at this time."""
    is_over, result, part, pace = False, {}, None, Pace()
    while not is_over:
        with run.step() as done:
            operation = Operation.objects.get(id=run.job_id)
            if part is None or part.number != operation.next_part:
                part = Part.objects.filter(operation=operation, number=operation.next_part).first()
            if part is not None:
                pace.begin()
                _do_slice(operation, part, pace.size)
            else:
                is_over = _finish(operation)
            done.result = result = _result(operation)
        pace.end()
        failpoints.reach("bulk:part")
        run.progress(operation.next_part / max(operation.parts, 1))
    return result


def _finish(operation: Operation) -> bool:
    """Let kept queries follow, some at a time; returns whether all is done, and has then told it."""
    is_over = following.follow(operation, _actor(operation))
    operation.save()
    if is_over:
        tell(operation)
    return is_over


def _do_slice(operation: Operation, part: Part, most: int) -> None:
    """Do so many more of a part and note how it went, in the caller's transaction."""
    ids = part.ids[operation.place : operation.place + most]
    actor, untold = _actor(operation), {UUID(each) for each in operation.untold}
    silent = None if is_told_singly(operation.matched) else untold
    if operation.undoes is not None:
        tally, changed = _undo(actor, operation, ids, silent)
    elif "trash" in operation.action or "restore" in operation.action:
        tally, changed = _to_or_from_trash(actor, operation, ids, silent)
    else:
        tally, changed = _edit(actor, operation, ids, silent)
    operation.untold = sorted(map(str, untold))
    operation.done += len(tally.fit)
    operation.changed += changed
    operation.failed += len(tally.errors)
    room = MOST_ERRORS - len(operation.errors)
    operation.errors += [{"id": str(key), "detail": detail} for key, detail in tally.errors[:room]]
    operation.skipped += [str(each) for each in tally.skipped[: MOST_ERRORS - len(operation.skipped)]]
    operation.place += len(ids)
    if operation.place >= len(part.ids):
        operation.next_part, operation.place = operation.next_part + 1, 0
    operation.save()
    pause = max(TELL_EVERY, timedelta(seconds=len(untold) / TOLD_A_SECOND))
    if operation.told_at is None or timezone.now() - operation.told_at > pause:
        tell(operation)


def tell(operation: Operation) -> None:
    """Have the watchers of what changed fetch anew, if they have not been told yet. In scope."""
    if operation.untold:
        places = [UUID(each) for each in operation.untold]
        tell_to_fetch_anew(actor_of(operation), places, operation_id=operation.id)
        operation.untold, operation.told_at = [], timezone.now()
        operation.save()


def tell_in_the_end(job_id: UUID, organization_id: UUID, problem: dict[str, Any]) -> None:
    """Tell what a job that failed or was cancelled has changed, in the transaction that ends it."""
    operation = Operation.objects.filter(id=job_id).first()
    if operation is not None:
        tell(operation)


def _actor(operation: Operation) -> Actor:
    actor = actor_of(operation)
    if current_organization() not in actor.organizations:
        raise JobFailed("forbidden", "Whoever asked for this no longer belongs to the organisation.")
    return actor


def _result(operation: Operation) -> dict[str, Any]:
    result = {
        "done": operation.done,
        "failed": operation.failed,
        "errors": operation.errors,
        "matched": operation.matched,
        "changed": operation.changed,
    }
    if operation.undoes is not None:
        result["skipped"] = operation.skipped
    return result | following.told(operation) | ({"dry_run": True} if operation.is_dry else {})


# --- edits -------------------------------------------------------------------------------------------


def _edit(
    actor: Actor, operation: Operation, ids: Sequence[UUID], untold: set[UUID] | None
) -> tuple[Tally, int]:
    collection, shoot = _collection(operation), _shoot(operation)
    tally = EditPlan(actor, operation.action, collection, shoot).of(ids)
    if operation.is_dry:
        return tally, sum(each.is_change for each in tally.fit)
    written = assets.edit_many(actor, tally.fit, operation_id=operation.id, untold=untold)
    _remember(operation, written)
    rows = [each.asset for each in tally.fit]
    if collection is not None:
        assets.collect_many(actor, collection, rows, operation_id=operation.id)
    if "rebuild" in operation.action:
        _rebuild(actor, rows)
    return tally, len(written)


def _collection(operation: Operation) -> Collection | None:
    if "collect" not in operation.action:
        return None
    found = Collection.objects.select_for_update().filter(id=operation.action["collect"]).first()
    if found is None:
        raise JobFailed("gone", "The collection is no longer there.")
    return found


def _shoot(operation: Operation) -> Shoot | None:
    if "shoot" not in operation.action:
        return None
    found = Shoot.objects.select_for_update().filter(id=operation.action["shoot"]).first()
    if found is None:
        raise JobFailed("gone", "The shoot is no longer there.")
    return found


_REMEMBER = """
    INSERT INTO bulk_change (organization_id, operation_id, asset_id, before, "left", was, stamp)
    SELECT %(organization)s, %(operation)s, line.asset_id, line.before, line."left", line.was, line.stamp
    FROM jsonb_to_recordset(%(lines)s::jsonb)
        AS line (asset_id uuid, before jsonb, "left" uuid[], was timestamptz, stamp timestamptz)
"""


def _remember(operation: Operation, written: Iterable[Written]) -> None:
    """Keep what assets were before, in one statement, past the ORM, which takes as long as all the rest."""
    lines = orjson.dumps([vars(each) for each in written]).decode()
    with connection.cursor() as cursor:
        cursor.execute(
            _REMEMBER,
            {"organization": operation.organization_id, "operation": operation.id, "lines": lines},
        )


def _rebuild(actor: Actor, rows: Sequence[Asset]) -> None:
    """Ask for the previews of every head anew, in the order of digests, so that two jobs never wait for each other."""
    heads = Version.objects.filter(id__in=[each.current_version_id for each in rows]).order_by("sha256", "id")
    places = {each.current_version_id: each.project_id for each in rows}
    for each in heads:
        previews.request_build(
            sha256=each.sha256,
            version_id=each.id,
            project_id=places[each.id],
            actor_id=actor.id,
            force=True,
            priority=Priority.BULK,
        )


def _undo(
    actor: Actor, operation: Operation, ids: Sequence[UUID], untold: set[UUID] | None
) -> tuple[Tally, int]:
    undone = operation.undoes
    assert undone is not None  # noqa: S101  the caller asked
    tally = UndoPlan(actor, undone).of(ids)
    written = assets.edit_many(actor, tally.fit, operation_id=operation.id, untold=untold)
    _remember(operation, written)
    _follow(written, undone=undone)
    return tally, len(written)


def _follow(written: Sequence[Written], *, undone: UUID) -> None:
    """Let earlier operations be undone too: what stood when they ended stands again."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE bulk_change change SET stamp = back.stamp
            FROM bulk_change undone, unnest(%(assets)s::uuid[], %(was)s::timestamptz[], %(stamps)s::timestamptz[])
                AS back (asset_id, was, stamp)
            WHERE undone.organization_id = %(organization)s AND undone.operation_id = %(undone)s
                AND undone.asset_id = back.asset_id
                AND undone.stamp = back.was
                AND change.organization_id = %(organization)s AND change.asset_id = back.asset_id
                AND change.stamp = undone.was
            """,
            {
                "organization": current_organization(),
                "undone": undone,
                "assets": [each.asset_id for each in written],
                "was": [each.was for each in written],
                "stamps": [each.stamp for each in written],
            },
        )


# --- the trash ---------------------------------------------------------------------------------------


def _to_or_from_trash(
    actor: Actor, operation: Operation, ids: Sequence[UUID], untold: set[UUID] | None
) -> tuple[Tally, int]:
    """Trash or restore; what is there already, or no longer, stays as it is and counts as done."""
    rows, tally, judge = rows_of(ids), Tally(), Judge(actor)
    for each in ids:
        try:
            tally.fit.append(Edit(judge.check(rows.get(each), Permission.TRASH), {}))
        except Impossible as error:
            tally.fail(each, str(error))
    is_leaving = "restore" in operation.action
    if not is_leaving:
        tally.refuse_held()
    moving = [each.asset for each in tally.fit if (each.asset.trashed_at is not None) == is_leaving]
    if moving and not operation.is_dry:
        move = assets.restore_many if is_leaving else assets.trash_many
        move(actor, moving, operation_id=operation.id, untold=untold)
    return tally, len(moving)


# --- actions of the rooms above ------------------------------------------------------------------------


class _Work:
    """A job with a registered action, see `bulk.actions.Work`."""

    def __init__(self, run: JobRun, operation: Operation, value: Any) -> None:
        """Take a job whose set is chosen."""
        self.value, self.operation_id = value, operation.id
        self.organization_id, self.matched = run.organization_id, operation.matched
        self.run = run
        self._by, self._parts = operation, operation.parts
        self._errors: list[dict[str, str]] = []
        self._failed = 0

    def actor(self) -> Actor:
        return actor_of(self._by)

    def parts(self) -> Iterator[list[UUID]]:
        for number in range(self._parts):
            with tenancy.scope(self.organization_id):
                ids = (
                    Part.objects.filter(operation_id=self.operation_id, number=number)
                    .values_list("ids", flat=True)
                    .get()
                )
            yield list(ids)
            self.run.progress((number + 1) / self._parts)

    def failed(self, asset_id: UUID, detail: str) -> None:
        self._failed += 1
        if len(self._errors) < MOST_ERRORS:
            self._errors.append({"id": str(asset_id), "detail": detail})

    def result(self, added: dict[str, Any]) -> dict[str, Any]:
        done = self.matched - self._failed
        told = {"done": done, "failed": self._failed, "errors": self._errors, "matched": self.matched}
        return told | added
