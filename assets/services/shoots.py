"""Shoots: made by hand, or of what was recorded together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from activity import services as activity
from assets.models import Asset, Shoot
from assets.queries.shoots import Proposal, in_proposal
from dam.core.access import Actor
from dam.core.errors import invalid, unseen

#: How many ids a line of the record names at most; the counts beside them tell of all.
MOST_NAMED = 100
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
            raise invalid("proposal", "Nothing of this proposal is left; ask for proposals anew.")
        taken += [each for each in found if each not in set(asset_ids)]
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
    freed = Asset.objects.filter(shoot_id=shoot.id).update(shoot_id=None)
    identity, before = shoot.id, _told(shoot) | {"assets": freed}
    shoot.delete()
    shoot.id = identity
    _record(actor, "deleted", shoot, before=before)


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
    named = Asset.objects.select_for_update(of=("self",)).filter(id__in={*add, *remove}).order_by("id")
    found = {
        each.id: each.shoot_id
        for each in named.only("id", "shoot_id", "project_id", "trashed_at")
        if each.project_id == shoot.project_id and (each.trashed_at is None or each.id not in set(add))
    }
    for index, each in enumerate(add):
        if each not in found:
            raise unseen(f"{field}.{index}")
    coming = [each for each in dict.fromkeys(add) if found[each] != shoot.id]
    leaving = [each for each in dict.fromkeys(remove) if found.get(each) == shoot.id and each not in set(add)]
    if not coming and not leaving:
        return
    Asset.objects.filter(id__in=coming).update(shoot_id=shoot.id)
    Asset.objects.filter(id__in=leaving).update(shoot_id=None)
    others = sorted({str(found[each]) for each in coming if found[each] is not None})
    _record(
        actor,
        "items_changed",
        shoot,
        before={"from": others[:MOST_NAMED]},
        after={**_named("added", coming), **_named("removed", leaving)},
    )


def tell_shoots(actor: Actor, changed: Sequence[tuple[Asset, UUID | None]], *, operation_id: UUID) -> None:
    """Record for each shoot which assets have come or left, each asset with the shoot that it was in.

    Locks and transaction: in scope, in the transaction of the changes.
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
    for shoot in Shoot.objects.filter(id__in={*added, *removed}).order_by("id"):
        _record(
            actor,
            "items_changed",
            shoot,
            before={"from": sorted(came[shoot.id])[:MOST_NAMED]},
            after={**_named("added", added[shoot.id]), **_named("removed", removed[shoot.id])},
            operation_id=operation_id,
        )


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
