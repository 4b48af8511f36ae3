"""What people decide about two that are the same: they become one, or are told apart for ever."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from activity import services as activity
from assets import services as assets
from assets.models import Asset, Version
from dam.core.access import Actor
from dam.core.errors import Conflict, unseen
from dam.core.registry import extensions
from similarity.models import Pair
from similarity.queries import asset_of_merged


@transaction.atomic
def dismiss_pair(actor: Actor, *, pair: Pair) -> Pair:
    """Tell two assets apart for ever: no version of one is paired with one of the other again.

    Locks and transaction: the caller holds the pair's lock. Repeating it changes nothing.

    Raises:
        Conflict: they have become one.
    """
    if pair.state == Pair.State.MERGED:
        raise Conflict("These two have become one asset.")
    if pair.state == Pair.State.OPEN:
        _decide(actor, pair, state=Pair.State.DISMISSED)
        one, other = pair.first.asset, pair.second.asset
        for asset, apart in ((one, other), (other, one)):
            _record(actor, "duplicate.dismissed", asset=asset, other=apart)
    return pair


@transaction.atomic
def merge_pair(actor: Actor, *, pair: Pair, into: UUID | None = None, head: UUID | None = None) -> Asset:
    """Make one stack of two assets; returns the asset that stays.

    Two that have become one already are answered with what they became.

    `into` names the asset that stays, by default the one with more versions, then more comments, then the older one;
    `head` the asset whose current version becomes the head, by default the larger picture, then the larger file,
    then the newer version.

    Locks and transaction: the caller holds the locks of the pair and, in the order of their ids, of both assets.

    Raises:
        Invalid: `into` or `head` is neither of them.
        Conflict: they are of two projects, or were told apart.
    """
    if pair.state == Pair.State.MERGED:
        return asset_of_merged(pair)
    one, other = pair.first.asset, pair.second.asset
    if pair.state == Pair.State.DISMISSED:
        raise Conflict("These two were told apart.")
    if one.project_id != other.project_id:
        raise Conflict("Both assets must be of one project; move one of them first.")
    stays = _named(pair, into, field="into") or _worked_with(actor, one, other)
    leads = (_named(pair, head, field="head") or _larger(one, other)).current_version
    goes = other if stays.id == one.id else one
    _record(actor, "duplicate.merged", asset=stays, other=goes)
    _decide(actor, pair, state=Pair.State.MERGED)
    held = stays.versions.values_list("sha256", flat=True)
    if goes.versions.filter(sha256__in=held).exists():
        stays = assets.absorb_asset(actor, asset=stays, other=goes)
    else:
        stays = assets.attach_asset(actor, asset=stays, other=goes)
    if leads is None:
        return stays
    top = stays.versions.filter(sha256=leads.sha256).latest("number")
    return assets.promote_version(actor, asset=stays, version=top)


def _decide(actor: Actor, pair: Pair, *, state: str) -> None:
    """Close every open pair between the same two assets."""
    mine = list(Version.objects.filter(asset_id=pair.first.asset_id).values_list("id", flat=True))
    theirs = list(Version.objects.filter(asset_id=pair.second.asset_id).values_list("id", flat=True))
    between = Q(first_id__in=mine, second_id__in=theirs) | Q(first_id__in=theirs, second_id__in=mine)
    Pair.objects.filter(between, state=Pair.State.OPEN).update(
        state=state, decided_by=actor.id, decided_at=timezone.now(), updated_at=timezone.now()
    )
    pair.refresh_from_db(fields=["state", "decided_by", "decided_at", "updated_at"])


def _named(pair: Pair, asset_id: UUID | None, *, field: str) -> Asset | None:
    both = {each.asset.id: each.asset for each in (pair.first, pair.second)}
    if asset_id is not None and asset_id not in both:
        raise unseen(field)
    return None if asset_id is None else both[asset_id]


def _worked_with(actor: Actor, one: Asset, other: Asset) -> Asset:
    said = extensions("asset", actor, [one.id, other.id], names=["comment_count"])
    return max(
        (one, other),
        key=lambda each: (
            each.version_count,
            said[each.id].get("comment_count") or 0,
            -each.created_at.timestamp(),
        ),
    )


def _larger(one: Asset, other: Asset) -> Asset:
    def size(asset: Asset) -> tuple[int, int, float]:
        shown = asset.current_version
        pixels = (shown.width or 0) * (shown.height or 0) if shown else 0
        return pixels, asset.size, shown.created_at.timestamp() if shown else 0.0

    return max((one, other), key=size)


def _record(actor: Actor, verb: str, *, asset: Asset, other: Asset) -> None:
    activity.record(
        actor,
        verb=verb,
        project_id=asset.project_id,
        asset_id=asset.id,
        target_kind="asset",
        target_id=asset.id,
        before={"duplicate": "open"},
        after={"duplicate": verb.rpartition(".")[2], "asset": str(other.id), "title": other.title},
    )
