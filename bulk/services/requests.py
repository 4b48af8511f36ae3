"""Asking for work over many assets, and asking for it to be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from assets import queries as catalogue
from assets import services as assets
from assets.models import Collection
from bulk import actions, queries
from bulk.models import Operation
from bulk.services.parts import store_parts
from dam.core.access import Actor, Permission, Target, may
from dam.core.db import new_id
from dam.core.errors import Conflict, Forbidden, Invalid, NotFound, invalid, unseen
from dam.core.tenancy import current_organization
from jobs import services as jobs
from jobs.models import Job, Queue, State
from orgs.queries import project_in_body

KIND, UNDO_KIND = "bulk", "bulk-undo"
EDITS = ("edit", "tag", "untag", "retag", "move", "shoot", "unshoot")
_NEEDS = {
    **dict.fromkeys((*EDITS, "collect"), Permission.EDIT),
    **dict.fromkeys(("trash", "restore"), Permission.TRASH),
    "rebuild": Permission.REBUILD,
}
_ALONE = ("trash", "restore")
_WORDS = ("title", "tags", "fields")


@dataclass(frozen=True)
class Selection:
    """Which assets are meant: these, or what a list with these parameters shows the caller."""

    ids: tuple[UUID, ...] | None = None
    query: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Judged:
    """A request that may be carried out: the action as the job reads it, and the one project that it concerns."""

    action: Mapping[str, Any]
    query: Mapping[str, Any] | None
    ids: tuple[UUID, ...] | None
    project_id: UUID | None


@transaction.atomic
def request_bulk(
    actor: Actor, *, selection: Selection, action: Mapping[str, Any], is_dry: bool = False
) -> Job:
    """Queue a job that does something to many assets; the set is chosen when the job begins, as the caller sees it.

    Raises:
        Invalid: see `judge`.
        Forbidden: likewise.
    """
    judged = judge(actor, selection=selection, action=action)
    job, _ = jobs.enqueue(
        kind=KIND,
        project_id=judged.project_id,
        version_id=None,
        payload={"action": sorted(judged.action)},
        idem_key=str(new_id()),
        queue=Queue.SHORT,
        created_by=actor.id,
    )
    operation = Operation(id=job.id, by=_by(actor), action=judged.action, query=judged.query, is_dry=is_dry)
    operation.save(force_insert=True)
    if judged.ids is not None:
        store_parts(operation, judged.ids)
        operation.is_gathered = True
        operation.save()
    return job


def request_retag(
    actor: Actor, *, tag: str, to: str | None = None, project_id: UUID | None = None, field: str = "from"
) -> Job:
    """Queue a job that gives a tag another name wherever the caller may edit, or takes it away where `to` is None.

    An asset that has the other already has it once then. What lies in the trash stays as it is.

    Raises:
        Invalid: no asset that the caller sees carries the tag (`field`).
        Forbidden: the caller may edit nowhere, or not in the project.
    """
    query = {"tag": tag} | ({"project": str(project_id)} if project_id is not None else {})
    selection, action = Selection(query=query), {"retag": {"tag": tag, "to": to}}
    judge(actor, selection=selection, action=action)
    if not catalogue.tag_is_seen(actor, tag, project_id=project_id):
        raise unseen(field)
    return request_bulk(actor, selection=selection, action=action)


def judge(actor: Actor, *, selection: Selection, action: Mapping[str, Any]) -> Judged:
    """Return what was asked in the job's words.

    Raises:
        Invalid: nothing or too much is asked, a value that no asset could take, a query that the list would refuse,
            or an id that does not exist or cannot be seen (all or nothing).
        Forbidden: the actor may not do this to the assets named, or in the projects asked.
    """
    # Whatever is named must be seen before anything else is judged, so that no answer about the action tells what is
    # hidden from what is not there.
    restores = bool(action.get("restore"))
    places = _places_of(actor, selection.ids or (), trashed=restores)
    query = None if selection.query is None else _query(selection.query, restores=restores)
    found = None if query is None else queries.filter_of(actor, query)
    wanted = _action(actor, action)
    needed = {_permission(each) for each in wanted}
    if found is not None:
        places = {found.project} if found.project is not None else _own_places(actor, needed)
    _require_in(actor, places, needed)
    ids = None if selection.ids is None else tuple(dict.fromkeys(selection.ids))
    return Judged(wanted, query, ids, next(iter(places)) if len(places) == 1 else None)


def _permission(name: str) -> Permission:
    registered = actions.registered().get(name)
    return registered.permission if registered else _NEEDS[name]


def _own_places(actor: Actor, needed: set[Permission]) -> set[UUID]:
    """Return nothing where the actor may do it somewhere: what the job meets elsewhere it tells one by one."""
    organization_id = current_organization()
    seen = actor.visible_projects(organization_id)
    able = seen is None or any(
        all(may(actor, each, Target(organization_id, place)) for each in needed) for place in seen
    )
    if not able:
        raise Forbidden
    return set()


def _require_in(actor: Actor, places: set[UUID], needed: set[Permission]) -> None:
    for place in places:
        if not all(may(actor, each, Target(current_organization(), place)) for each in needed):
            raise Forbidden


def _places_of(actor: Actor, ids: Sequence[UUID], *, trashed: bool) -> set[UUID]:
    """Return the projects of the assets named, all of which the actor must see."""
    found = queries.places_of(actor, ids, trashed=trashed)
    for index, each in enumerate(ids):
        if each not in found:
            raise unseen(f"selection.ids.{index}")
    return set(found.values())


def _query(given: Mapping[str, Any], *, restores: bool) -> dict[str, Any]:
    """Return the query with its side of the trash: only what lies there can be restored, and nothing else done."""
    is_trashed = given.get("trashed") in (True, "true")
    if not restores and is_trashed:
        raise invalid("selection.query.trashed", "In the trash nothing but restore can be done.")
    return {**given, "trashed": "true"} if restores else dict(given)


# --- the action --------------------------------------------------------------------------------------


def _action(actor: Actor, given: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {name: value for name, value in given.items() if value not in (None, False, [], {})}
    if not wanted:
        raise invalid("action", "Name what is to be done.")
    foreign = [each for each in wanted if each in actions.registered()]
    if len(wanted) > 1 and (alone := next((each for each in (*foreign, *_ALONE) if each in wanted), None)):
        raise invalid(f"action.{alone}", "Give this action alone.")
    if foreign:
        (name,) = foreign
        return {name: actions.registered()[name].check(actor, wanted[name])}
    if {"shoot", "unshoot"} <= set(wanted):
        raise invalid(
            "action.unshoot", "Whatever comes into a shoot leaves the one that it was in; give one of both."
        )
    if "set" in wanted:
        wanted["edit"] = _edit(actor, wanted.pop("set"))
    return wanted | _places(actor, wanted)


def _places(actor: Actor, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Return where assets are to go, as ids: first all must be seen, then all must be the actor's to edit."""
    finders = {"move": _project, "collect": _collection, "shoot": _shoot}
    return {
        name: find(actor, UUID(str(wanted[name])), permission)
        for permission in (Permission.VIEW, Permission.EDIT)
        for name, find in finders.items()
        if name in wanted
    }


def _project(actor: Actor, project_id: UUID, permission: Permission) -> str:
    return str(project_in_body(actor, project_id, permission, field="action.move").id)


def _edit(actor: Actor, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is set: title, tags and fields as an asset's PATCH takes them, custom fields by their keys too."""
    direct = {name: value for name, value in given.items() if name not in _WORDS}
    nested = given.get("fields", {})
    defined = [catalogue.definition_of(each) for each in catalogue.visible_fields(actor)]
    faults = {
        **assets.judged_by(defined, direct, path="action.set").faults,
        **assets.judged_by(defined, nested, path="action.set.fields").faults,
    }
    if faults:
        raise Invalid(next(iter(faults.values()))[0], fields=faults)
    edit = {name: given[name] for name in ("title", "tags") if name in given}
    return edit | ({"fields": {**nested, **direct}} if nested or direct else {})


def _collection(actor: Actor, collection_id: UUID, permission: Permission) -> str:
    found = catalogue.collection_in_body(actor, collection_id, permission, field="action.collect")
    if found.kind != Collection.CollectionKind.MANUAL:
        raise invalid("action.collect", "A smart collection holds what its query finds.")
    return str(found.id)


def _shoot(actor: Actor, shoot_id: UUID, permission: Permission) -> str:
    try:
        return str(catalogue.shoot_for(actor, shoot_id, permission).id)
    except NotFound:
        raise unseen("action.shoot") from None


def _by(actor: Actor) -> dict[str, Any]:
    """Return what makes the actor again, with the rights of the day; a token's narrowness stays."""
    return {
        "user": str(actor.user_id),
        "only_project": str(actor.only_project) if actor.only_project else None,
        "ip": actor.ip,
        "user_agent": actor.user_agent,
    }


# --- taking back -------------------------------------------------------------------------------------


@transaction.atomic
def request_undo(actor: Actor, *, job: Job) -> tuple[Job, bool]:
    """Queue the job that gives assets back what another job changed; asking again answers the same one.

    Returns the job, and whether it was queued now: one that failed or was cancelled goes on where it stopped.

    Locks and transaction: the caller holds the lock of the job to undo.

    Raises:
        Conflict: the job has not ended, or did nothing that can be taken back.
    """
    operation = Operation.objects.filter(id=job.id).first() if job.kind in {KIND, UNDO_KIND} else None
    if operation is None or operation.is_dry or not (operation.undoes or set(EDITS) & set(operation.action)):
        raise Conflict(
            "Only edits of many assets (set, tag, untag, move, shoots, names of tags) can be undone."
        )
    if job.state in {State.QUEUED, State.RUNNING}:
        raise Conflict("The job has not ended yet; cancel it first.")
    undo, is_new = jobs.enqueue(
        kind=UNDO_KIND,
        project_id=job.project_id,
        version_id=None,
        payload={"undoes": str(job.id)},
        idem_key=str(job.id),
        queue=Queue.SHORT,
        created_by=actor.id,
        restart=True,
    )
    if is_new and not Operation.objects.filter(id=undo.id).update(by=_by(actor)):
        Operation(id=undo.id, by=_by(actor), undoes=job.id).save(force_insert=True)
    return undo, is_new
