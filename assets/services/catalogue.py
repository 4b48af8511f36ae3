"""Acknowledged bytes become versions, and what is learnt of bytes reaches every version of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from activity import services as activity
from assets.metadata import title_of
from assets.models import FACTS, Asset, Collection, FieldDefinition, Master, Version
from assets.services.collections import change_items
from assets.services.facts import follow_heads, lock_assets_of
from assets.services.holds import follow_hold
from assets.services.indexing import index_asset, index_fields
from assets.services.sidecars import link_sidecars
from dam.core import registry
from dam.core.access import SYSTEM, Actor
from dam.core.db import new_id

INHERITED = ("kind", *FACTS, "preview_state", "preview_reason", "poster")


@dataclass(frozen=True)
class _Delivery:
    """What a version is made of, beside its bytes."""

    name: str
    content_type: str
    kind: str
    title: str | None
    folder: str
    tags: Sequence[str]
    fields: Mapping[str, Any]
    asset_id: UUID
    version_id: UUID


@transaction.atomic
def acknowledge_master(
    *,
    actor: Actor,
    project_id: UUID,
    asset_id: UUID | None = None,
    title: str | None = None,
    name: str,
    content_type: str,
    kind: str,
    sha256: str,
    size: int,
    key: str,
    version_id: str,
    lock_mode: str,
    locked_until: datetime | None,
    folder: str = "",
    tags: Sequence[str] = (),
    fields: Mapping[str, Any] | None = None,
    collection_id: UUID | None = None,
    new_asset_id: UUID | None = None,
    new_version_id: UUID | None = None,
) -> tuple[Asset, Version]:
    """Enter locked, verified bytes in the catalogue: master, asset and version, with their activity.

    Without `asset_id` a new asset is made; with it, the version becomes that asset's head, unless the asset has
    these bytes already: then that version is the answer. `version_id` is the store's VersionId; new rows get
    `new_asset_id` and `new_version_id`, where a manifest has named them before.

    Locks and transaction: in scope, in the caller's transaction; locks the asset.
    """
    master = _enter_master(
        sha256, size=size, key=key, storage_version=version_id, lock=(lock_mode, locked_until)
    )
    ids = (new_asset_id or new_id(), new_version_id or new_id())
    delivery = _Delivery(name, content_type, kind, title, folder, tags, fields or {}, *ids)
    if asset_id is None:
        asset = _create_asset(actor, project_id=project_id, delivery=delivery)
    else:
        asset = Asset.objects.select_for_update().get(id=asset_id, project_id=project_id)
    return asset, _deliver(actor, asset=asset, master=master, delivery=delivery, collection_id=collection_id)


def _enter_master(
    sha256: str, *, size: int, key: str, storage_version: str, lock: tuple[str, datetime | None]
) -> Master:
    """Return the organisation's master of these bytes, entered now unless it was known."""
    lock_mode, locked_until = lock
    master, _ = Master.objects.get_or_create(
        sha256=sha256,
        defaults={
            "key": key,
            "storage_version": storage_version,
            "size": size,
            "lock_mode": lock_mode,
            "locked_until": locked_until,
            "verified_at": timezone.now(),
        },
    )
    return master


def _deliver(
    actor: Actor, *, asset: Asset, master: Master, delivery: _Delivery, collection_id: UUID | None
) -> Version:
    """Put the bytes on the asset's stack, unless they lie there already, and tell."""
    known = asset.versions.filter(sha256=master.sha256).first()
    if known is not None:
        return known
    is_new_asset = asset.current_version_id is None
    version = _add_version(actor, asset=asset, master=master, delivery=delivery)
    follow_hold(master, project_id=asset.project_id, actor_id=actor.id)
    if master.released_at is not None:
        reclaim(master)
    if collection_id is not None:
        _collect(actor, asset, collection_id=collection_id)
    if is_new_asset:
        record_version(actor, "asset.created", asset=asset, version=version)
    record_version(actor, "version.created", asset=asset, version=version)
    registry.happened("version.created", version.id)
    return version


def _create_asset(actor: Actor, *, project_id: UUID, delivery: _Delivery) -> Asset:
    asset = Asset.objects.create(
        id=delivery.asset_id,
        project_id=project_id,
        title=delivery.title or title_of(delivery.name),
        kind=delivery.kind,
        tags=list(delivery.tags),
        fields=_still_defined(delivery.fields),
        folder=delivery.folder,
        created_by=actor.id,
    )
    if asset.fields:
        index_fields([asset.id])
    return asset


def _still_defined(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out fields that were taken away between the request and the end of its job."""
    if not fields:
        return {}
    known = set(FieldDefinition.objects.filter(key__in=list(fields)).values_list("key", flat=True))
    return {key: value for key, value in fields.items() if key in known}


def _add_version(actor: Actor, *, asset: Asset, master: Master, delivery: _Delivery) -> Version:
    """Put a version on top of the stack; bytes that are known bring their facts and previews along."""
    highest = asset.versions.aggregate(highest=Max("number"))["highest"] or 0
    twin = Version.objects.filter(sha256=master.sha256).order_by("id").first()
    inherited = {each: getattr(twin, each) for each in INHERITED} if twin else {"kind": delivery.kind}
    version = Version.objects.create(
        id=delivery.version_id,
        asset=asset,
        master=master,
        number=highest + 1,
        sha256=master.sha256,
        size=master.size,
        name=delivery.name,
        type=delivery.content_type,
        created_by=actor.id,
        **inherited,
    )
    make_head(asset, version=version)
    link_sidecars([version])
    index_asset(asset)
    return version


def reclaim(master: Master) -> None:
    """Take bytes back that waited for the purger: something of the catalogue has them again."""
    master.released_at = None
    master.save(update_fields=["released_at", "updated_at"])


def make_head(asset: Asset, *, version: Version) -> None:
    """Let a version stand for its asset; the caller holds the asset's lock."""
    asset.current_version = version
    asset.kind, asset.size = version.kind, version.size
    asset.version_count = asset.versions.count()
    asset.save(update_fields=["current_version", "kind", "size", "version_count", "updated_at"])
    follow_heads([asset.id])


def _collect(actor: Actor, asset: Asset, *, collection_id: UUID) -> None:
    """Put a new asset into a collection that may have gone since it was named."""
    named = Collection.objects.select_for_update(of=("self",))
    places = {"project_id": asset.project_id, "kind": Collection.CollectionKind.MANUAL}
    collection = named.filter(id=collection_id, **places).first()
    if collection is not None:
        change_items(collection, actor=actor, add=[asset.id])


def record_version(actor: Actor, event: str, *, asset: Asset, version: Version) -> None:
    """Write the line of the record, and the live event, that tells of a new version or of its asset."""
    is_asset = event.startswith("asset.")
    activity.record(
        actor,
        verb=event,
        event=event,
        project_id=asset.project_id,
        asset_id=asset.id,
        version_id=version.id,
        target_kind="asset" if is_asset else "version",
        target_id=asset.id if is_asset else version.id,
        data={
            "id": str(asset.id if is_asset else version.id),
            "asset": str(asset.id),
            "version": str(version.id),
            "number": version.number,
            "project": str(asset.project_id),
            "title": asset.title,
        },
        after=_asset_told(asset) if is_asset else _version_told(version),
    )


def _asset_told(asset: Asset) -> dict[str, Any]:
    return {"title": asset.title, "tags": asset.tags, "fields": asset.fields}


def _version_told(version: Version) -> dict[str, Any]:
    told = {each: getattr(version, each) for each in ("number", "name", "size", "sha256")}
    return told if version.cloned_from is None else told | {"cloned_from": str(version.cloned_from)}


@transaction.atomic
def set_facts(*, sha256: str, facts: Mapping[str, Any]) -> None:
    """Write what a probe found to every version of the digest: any of `FACTS`, and `kind`.

    Locks and transaction: in scope; locks the assets, which follow where these versions head them.
    """
    assets = lock_assets_of(sha256)
    values = {each: facts[each] for each in (*FACTS, "kind") if each in facts}
    versions = Version.objects.filter(sha256=sha256)
    versions.update(**values, updated_at=timezone.now())
    if values.get("package"):
        link_sidecars(versions.select_related("asset"))
    if "kind" in values:
        headed = Asset.objects.filter(current_version__in=versions).exclude(kind=values["kind"])
        headed.update(kind=values["kind"], updated_at=timezone.now())
    follow_heads(assets)


def share_facts(*, sha256: str) -> None:
    """Give what one version of the digest knows to those that were made too late to hear of it. In scope."""
    unknown = Version.objects.filter(sha256=sha256, meta=None)
    probed = Version.objects.filter(sha256=sha256).exclude(meta=None).first()
    if probed is not None and unknown.exists():
        set_facts(sha256=sha256, facts={each: getattr(probed, each) for each in (*FACTS, "kind")})


@transaction.atomic
def set_preview_state(
    *, sha256: str, state: str, reason: str = "", poster: bool = False, is_news: bool = False
) -> None:
    """Note the state of the previews on every version of the digest, and tell who watches.

    Versions that are in this state already are left alone, unless there `is_news`: more of them can be fetched.
    `poster` never goes back to False by itself.

    Locks and transaction: in scope, in the caller's transaction; the feed's numbers come last in it.
    """
    assets, changed = lock_assets_of(sha256), []
    for each in Version.objects.select_for_update(of=("self",)).filter(sha256=sha256).select_related("asset"):
        wanted = (state, reason, poster or each.poster)
        if (each.preview_state, each.preview_reason, each.poster) != wanted:
            each.preview_state, each.preview_reason, each.poster = wanted
            each.save(update_fields=["preview_state", "preview_reason", "poster", "updated_at"])
            changed.append(each)
        elif is_news:
            changed.append(each)
    follow_heads(assets)
    for each in changed:
        activity.record(
            SYSTEM,
            verb="preview.updated",
            event="preview.updated",
            project_id=each.asset.project_id,
            asset_id=each.asset_id,
            version_id=each.id,
            target_kind="version",
            target_id=each.id,
            data={
                "id": str(each.id),
                "asset": str(each.asset_id),
                "version": str(each.id),
                "state": state,
                "reason": reason or None,
                "poster": each.poster,
            },
        )
