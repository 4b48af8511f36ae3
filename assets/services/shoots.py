"""Shoots: made by hand, or of what was recorded together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from activity import services as activity
from assets.models import Asset, Dismissal, Shoot
from assets.queries.shoots import Proposal, in_proposal
from assets.services.editing import asset_news
from dam.core.access import Actor
from dam.core.db import new_id
from dam.core.errors import invalid, unseen

#: How many ids a line of the record names at most; the counts beside them tell of all.
MOST_NAMED = 100
#: So many rows are written by one statement.
BATCH = 1000
NOTHING_LEFT = "Nothing of this proposal is left; ask for proposals anew."
_READ = ("id", "shoot_id", "project_id", "trashed_at", "title")
TOLD = ("name", "date", "place", "client_id", "latitude", "longitude")


@transaction.atomic
def create_shoot(
    *,
    actor: Actor,
    project_id: UUID,
    given: Mapping[str, Any],
    asset_ids: Sequence[UUID] = (),
    proposal: Proposal | None = None,
) -> Shoot:
    """Make a shoot, of these assets and of what a proposal holds and no shoot has taken meanwhile.

    A proposal gives what is not `given`: date, place on the map, and the date as the name.

    Raises:
        Invalid: an asset is of another project, in the trash or does not exist; nothing of the proposal is left.
    """
    proposed = proposal.suggestion() if proposal is not None else {}
    row = Shoot.objects.create(project_id=project_id, created_by=actor.id, **(proposed | dict(given)))
    _record(actor, "created", row, after=_told(row))
    taken = list(asset_ids)
    if proposal is not None:
        found = in_proposal(project_id, proposal)
        if not found:
            raise invalid("proposal", NOTHING_LEFT)
        named = set(asset_ids)
        taken += [each for each in found if each not in named]
    if taken:
        change_shoot_assets(row, actor=actor, add=taken, field="assets")
    return row


@transaction.atomic
def edit_shoot(shoot: Shoot, *, actor: Actor, changes: Mapping[str, Any]) -> Shoot:
    """Describe a shoot otherwise; what stays the same is not recorded. The caller holds the shoot's lock."""
    before = _told(shoot)
    for name, value in changes.items():
        setattr(shoot, name, value)
    after = _told(shoot)
    changed = [each for each in after if before[each] != after[each]]
    if changed:
        shoot.save()
        _record(
            actor,
            "changed",
            shoot,
            before={each: before[each] for each in changed},
            after={each: after[each] for each in changed},
        )
    return shoot


@transaction.atomic
def delete_shoot(shoot: Shoot, *, actor: Actor) -> None:
    """Remove a shoot; its assets stay, and belong to none. The caller holds the shoot's lock."""
    rows = Asset.objects.select_for_update(of=("self",)).filter(shoot_id=shoot.id).order_by("id")
    freed = list(rows.only(*_READ))
    operation_id = new_id()
    _place(actor, freed, None, operation_id=operation_id)
    identity, before = shoot.id, _told(shoot) | {"assets": len(freed)}
    shoot.delete()
    shoot.id = identity
    _record(actor, "deleted", shoot, before=before, operation_id=operation_id)


@transaction.atomic
def change_shoot_assets(
    shoot: Shoot,
    *,
    actor: Actor,
    add: Sequence[UUID] = (),
    remove: Sequence[UUID] = (),
    field: str = "add",
) -> None:
    """Put assets of the same project into a shoot, out of whichever they were in, and take others out.

    What is named in both is in it afterwards. Repeating it changes nothing.

    Locks and transaction: the caller holds the shoot's lock; the assets are locked in the order of their ids.

    Raises:
        Invalid: one to add is of another project, in the trash, or does not exist.
    """
    found = _locked(shoot, add, remove)
    for index, each in enumerate(add):
        if each not in found:
            raise unseen(f"{field}.{index}")
    coming = [each for each in dict.fromkeys(add) if found[each].shoot_id != shoot.id]
    inside = {each.id for each in found.values() if each.shoot_id == shoot.id} - set(add)
    leaving = [each for each in dict.fromkeys(remove) if each in inside]
    if not coming and not leaving:
        return
    others = sorted({str(found[each].shoot_id) for each in coming if found[each].shoot_id is not None})
    operation_id = new_id()
    _place(actor, [found[each] for each in coming], shoot.id, operation_id=operation_id)
    _place(actor, [found[each] for each in leaving], None, operation_id=operation_id)
    shoot.save(update_fields=["updated_at"])
    _record(
        actor,
        "items_changed",
        shoot,
        before={"from": others[:MOST_NAMED]},
        after={**_named("added", coming), **_named("removed", leaving)},
        operation_id=operation_id,
    )


def _locked(shoot: Shoot, add: Sequence[UUID], remove: Sequence[UUID]) -> dict[UUID, Asset]:
    """Lock the assets of the shoot's project that are named; what lies in the trash can only leave."""
    named = Asset.objects.select_for_update(of=("self",)).filter(id__in={*add, *remove}).order_by("id")
    return {
        each.id: each
        for each in named.only(*_READ)
        if each.project_id == shoot.project_id and (each.trashed_at is None or each.id not in set(add))
    }


def _place(actor: Actor, assets: Sequence[Asset], shoot_id: UUID | None, *, operation_id: UUID) -> None:
    """Write the shoot of assets that are locked, and a line of the record about each: they are changed by it."""
    now = timezone.now()
    lines = [
        activity.Line(
            "asset.updated",
            "asset.updated",
            project_id=each.project_id,
            asset_id=each.id,
            data=asset_news(each),
            before={"shoot": each.shoot_id},
            after={"shoot": shoot_id},
        )
        for each in assets
    ]
    untold = None if activity.is_told_singly(len(lines)) else set[UUID]()
    for start in range(0, len(lines), BATCH):
        ids = [each.id for each in assets[start : start + BATCH]]
        Asset.objects.filter(id__in=ids).update(shoot_id=shoot_id, updated_at=now)
        part = lines[start : start + BATCH]
        activity.record_many(actor, part, operation_id=operation_id, untold=untold)
    if untold:
        activity.tell_to_fetch_anew(actor, untold, operation_id=operation_id)


def tell_shoots(actor: Actor, changed: Sequence[tuple[Asset, UUID | None]], *, operation_id: UUID) -> None:
    """Record for each shoot which assets have come or left, each asset with the shoot that it was in.

    What they came into has changed by it: its `ETag` is another one.

    Locks and transaction: in scope, in the transaction of the changes; the caller holds the locks of the shoots that
    assets came into, and of no other.
    """
    added, removed = defaultdict[UUID, list[UUID]](list), defaultdict[UUID, list[UUID]](list)
    came = defaultdict[UUID, set[str]](set)
    for asset, was in changed:
        if was is not None:
            removed[was].append(asset.id)
        if asset.shoot_id is not None:
            added[asset.shoot_id].append(asset.id)
            came[asset.shoot_id] |= {str(was)} if was is not None else set()
    if not (added or removed):
        return
    Shoot.objects.filter(id__in=added.keys()).update(updated_at=timezone.now())
    for shoot in Shoot.objects.filter(id__in={*added, *removed}).order_by("id"):
        _record(
            actor,
            "items_changed",
            shoot,
            before={"from": sorted(came[shoot.id])[:MOST_NAMED]},
            after={**_named("added", added[shoot.id]), **_named("removed", removed[shoot.id])},
            operation_id=operation_id,
        )


@transaction.atomic
def dismiss_proposal(*, actor: Actor, project_id: UUID, proposal: Proposal) -> int:
    """Propose no more what a proposal holds, until somebody takes that back; returns how many of it are dismissed now.

    Repeating it changes nothing.

    Raises:
        Invalid: nothing of the proposal is left.
    """
    coming = in_proposal(project_id, proposal)
    if coming:
        Dismissal.objects.bulk_create(
            [Dismissal(project_id=project_id, asset_id=each, created_by=actor.id) for each in coming],
            ignore_conflicts=True,
            batch_size=BATCH,
        )
        _record_proposal(actor, "dismissed", project_id, proposal=proposal, asset_ids=coming)
    return _left(in_proposal(project_id, proposal, dismissed=True))


@transaction.atomic
def take_back_proposal(*, actor: Actor, project_id: UUID, proposal: Proposal) -> int:
    """Propose again what was dismissed of a proposal; returns how many of it are proposed now.

    Repeating it changes nothing.

    Raises:
        Invalid: nothing of the proposal is left.
    """
    coming = in_proposal(project_id, proposal, dismissed=True)
    if coming:
        Dismissal.objects.filter(project_id=project_id, asset_id__in=coming).delete()
        _record_proposal(actor, "taken_back", project_id, proposal=proposal, asset_ids=coming)
    return _left(in_proposal(project_id, proposal))


def _left(asset_ids: Sequence[UUID]) -> int:
    if not asset_ids:
        raise invalid("proposal", NOTHING_LEFT)
    return len(asset_ids)


def _told(shoot: Shoot) -> dict[str, Any]:
    """Return what the record tells of a shoot."""
    told = {each: getattr(shoot, each) for each in TOLD}
    return {each: str(value) if isinstance(value, UUID | date) else value for each, value in told.items()}


def _named(word: str, asset_ids: Sequence[UUID]) -> dict[str, Any]:
    return {f"{word}_count": len(asset_ids), word: [str(each) for each in asset_ids[:MOST_NAMED]]}


def _record(
    actor: Actor,
    verb: str,
    shoot: Shoot,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    operation_id: UUID | None = None,
) -> None:
    activity.record(
        actor,
        verb=f"shoot.{verb}",
        project_id=shoot.project_id,
        target_kind="shoot",
        target_id=shoot.id,
        before=before,
        after=after,
        operation_id=operation_id,
    )


def _record_proposal(
    actor: Actor, verb: str, project_id: UUID, *, proposal: Proposal, asset_ids: Sequence[UUID]
) -> None:
    """Record what people decided of a proposal, which has no row of its own: a line of its project."""
    is_dismissed = verb == "dismissed"
    said = {"name": proposal.suggestion()["name"], "from": proposal.first[0], "to": proposal.last[0]}
    activity.record(
        actor,
        verb=f"proposal.{verb}",
        project_id=project_id,
        target_kind="project",
        target_id=project_id,
        before={"dismissed": not is_dismissed},
        after={"dismissed": is_dismissed, **said, **_named("assets", asset_ids)},
    )
