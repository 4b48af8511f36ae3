"""Saved searches and smart collections follow a tag that got another name, in the job that gives it, and go back with it.

What cannot follow stays as it is and is told. A query of one project follows where whoever asked may edit there; one
that looks into several follows once no asset carries the old tag any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assets import queries as catalogue
from assets import services as assets
from assets.queries import Kept
from assets.search import Renaming, Unsayable, asks_for, renamed
from bulk.models import Operation, QueryChange
from bulk.services.planning import EDITED
from dam.core.access import Actor, Permission, Target, may
from dam.core.tenancy import current_organization

#: So many queries are looked through in one transaction, and so many that stay behind are named.
LOOKED_AT, MOST_LEFT = 200, 500
DELETED = "It asks for a tag that is gone."
ELSEWHERE = "Assets that you may not edit still carry the old tag."
TRASH = "It looks into the trash, where assets keep their tags."
_KINDS = ("collection", "search")


@dataclass
class _Book:
    """What an operation keeps of the queries: how many follow, which stay behind, and how far it got."""

    told: dict[str, Any]

    def leave(self, kept: Kept, detail: str, actor: Actor) -> None:
        """Note one that stays as it is, if whoever asked may know of it."""
        if kept.is_seen_by(actor) and len(self.told["left"]) < MOST_LEFT:
            named = {"kind": kept.kind, "id": str(kept.id), "name": kept.name}
            self.told["left"].append(named | {"detail": detail})

    def follow(self, kept: Kept, actor: Actor) -> None:
        """Count one that follows, if whoever asked may know of it."""
        self.told["changed"] += kept.is_seen_by(actor)


def follow(operation: Operation, actor: Actor) -> bool:
    """Look through the next queries, in the caller's transaction; returns whether none is left.

    Repeating it goes on where it stopped. The caller saves the operation.
    """
    if "retag" in operation.action and not operation.is_dry:
        return _follow_on(operation, actor)
    if operation.undoes is not None:
        return _go_back(operation, operation.undoes, actor)
    return True


def told(operation: Operation) -> dict[str, Any]:
    """Return what a job's result says of queries."""
    if not operation.queries:
        return {}
    return {"queries": {name: operation.queries[name] for name in ("changed", "left")}}


def _book(operation: Operation) -> _Book:
    operation.queries = operation.queries or {"changed": 0, "left": [], "kind": _KINDS[0], "after": None}
    return _Book(operation.queries)


# --- another name --------------------------------------------------------------------------------------


def _follow_on(operation: Operation, actor: Actor) -> bool:
    book = _book(operation)
    kind, after = book.told["kind"], book.told["after"]
    if kind is None:
        return True
    batch = catalogue.kept_queries(kind, after=UUID(after) if after else None, most=LOOKED_AT)
    retag = operation.action["retag"]
    named = Renaming("tag", retag["tag"], () if retag["to"] is None else (retag["to"],))
    for kept in batch:
        if asks_for(kept.query, named) and _is_meant(operation, kept, actor):
            _reword(operation, kept, named, actor)
    if batch:
        book.told["after"] = str(batch[-1].id)
    else:
        rest = _KINDS[_KINDS.index(kind) + 1 :]
        book.told |= {"kind": rest[0] if rest else None, "after": None}
    return book.told["kind"] is None


def _is_meant(operation: Operation, kept: Kept, actor: Actor) -> bool:
    """Tell whether the tag was renamed where the query looks, by somebody who may edit there."""
    within = (operation.query or {}).get("project")
    if kept.project_id is None:
        return within is None or not catalogue.tag_is_carried(operation.action["retag"]["tag"])
    if within is not None and UUID(within) != kept.project_id:
        return False
    return may(actor, Permission.EDIT, Target(current_organization(), kept.project_id))


def _reword(operation: Operation, kept: Kept, named: Renaming, actor: Actor) -> None:
    try:
        fresh = _reworded(kept, named)
    except Unsayable as error:
        _book(operation).leave(kept, str(error), actor)
    else:
        _change(operation, kept, fresh, actor)


def _reworded(kept: Kept, named: Renaming) -> dict[str, Any]:
    """Return the query in the new words.

    Raises:
        Unsayable: it has to stay as it is, in a sentence.
    """
    if kept.looks_into_trash:
        raise Unsayable(TRASH)
    if kept.project_id is None and catalogue.tag_is_carried(named.old):
        raise Unsayable(ELSEWHERE)
    if not named.new:
        raise Unsayable(DELETED)
    return renamed(kept.query, named)


def _change(operation: Operation, kept: Kept, query: dict[str, Any], actor: Actor) -> None:
    if not assets.reword(actor, kept, query, operation_id=operation.id):
        _book(operation).leave(kept, EDITED, actor)
        return
    QueryChange.objects.create(
        operation=operation, kind=kept.kind, target_id=kept.id, before=dict(kept.query), after=query
    )
    _book(operation).follow(kept, actor)


# --- and back ------------------------------------------------------------------------------------------


def _go_back(operation: Operation, undone: UUID, actor: Actor) -> bool:
    rows = QueryChange.objects.filter(operation_id=undone).order_by("id")
    after = operation.queries.get("after")
    batch = list((rows.filter(id__gt=after) if after else rows)[:LOOKED_AT])
    for each in batch:
        kept = catalogue.kept_query(each.kind, each.target_id)
        if kept is not None:
            _put_back(operation, kept, each, actor)
    if batch:
        _book(operation).told["after"] = str(batch[-1].id)
    return not batch


def _put_back(operation: Operation, kept: Kept, change: QueryChange, actor: Actor) -> None:
    is_own = kept.kind == "search" or may(
        actor, Permission.EDIT, Target(current_organization(), kept.project_id)
    )
    if kept.query == change.after and is_own:
        _change(operation, kept, change.before, actor)
    else:
        _book(operation).leave(kept, EDITED, actor)
