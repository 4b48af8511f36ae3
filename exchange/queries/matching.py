"""Which assets the rows of an import mean."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from django.db.models import QuerySet

from activity.models import Event
from assets.fieldtypes import Definition
from assets.models import Asset, Version
from assets.queries.fields import definition_of, visible_fields
from dam.core.access import Actor, Permission, Target, may
from dam.core.tenancy import current_organization
from dam.core.web.parsing import as_uuid
from exchange.metadata.columns import FieldName


def narrowed(actor: Actor, *, only_project: UUID | None) -> Actor:
    """Return the actor as the token that started a job saw the world: of one project alone, if any."""
    return replace(actor, only_project=only_project) if only_project else actor


def editable_assets(actor: Actor, *, project_id: UUID | None = None) -> QuerySet[Asset]:
    """Return the assets out of the trash that the actor may edit, without an order. In scope."""
    rows = Asset.objects.filter(trashed_at=None)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    organization_id = current_organization()
    if actor.kind == "system":
        return rows
    seen = actor.visible_projects(organization_id)
    if seen is None:
        return rows
    return rows.filter(project_id__in=[each for each in seen if _may_edit(actor, organization_id, each)])


def matches(
    keys: Mapping[str, Collection[str]], *, among: QuerySet[Asset]
) -> dict[str, dict[str, list[UUID]]]:
    """Return the assets that ids, digests and names mean; a constant number of queries. In scope.

    Shapes: `keys` by kind: `id`, `sha256`, `name`; a name or digest of any version of an asset's stack counts.
    """
    found: dict[str, dict[str, list[UUID]]] = {kind: defaultdict(list) for kind in keys}
    ids = {key: identity for key in keys.get("id", ()) if (identity := as_uuid(key.lower())) is not None}
    known = set(among.filter(id__in=ids.values()).values_list("id", flat=True)) if ids else set()
    for key, identity in ids.items():
        if identity in known:
            found["id"][key].append(identity)
    for kind in ("sha256", "name"):
        wanted = {_folded(kind, key): key for key in keys.get(kind, ())}
        for asset_id, key in _pairs(kind, wanted, among=among):
            if asset_id not in found[kind][wanted[key]]:
                found[kind][wanted[key]].append(asset_id)
    return found


def projects_changed_by(operation_id: UUID) -> set[UUID]:
    """Return the projects of the assets that an operation has changed. In scope."""
    lines = Event.objects.filter(operation_id=operation_id, asset_id__isnull=False).order_by()
    found = lines.values_list("project_id", flat=True).distinct()
    return {each for each in found if each is not None}


def definitions(actor: Actor) -> tuple[list[FieldName], dict[str, Definition]]:
    """Return the custom fields that the actor meets: as columns may call them, and as rules by key. In scope."""
    rows = list(visible_fields(actor).order_by("order", "id"))
    return [FieldName(each.key, each.name) for each in rows], {each.key: definition_of(each) for each in rows}


def _pairs(kind: str, wanted: Mapping[str, str], *, among: QuerySet[Asset]) -> Iterable[tuple[UUID, str]]:
    if not wanted:
        return []
    versions = Version.objects.filter(**{f"{kind}__in": list(wanted)})
    held = list(versions.values_list("asset_id", kind).distinct())
    allowed = set(among.filter(id__in={asset_id for asset_id, _ in held}).values_list("id", flat=True))
    return [(asset_id, key) for asset_id, key in held if asset_id in allowed]


def _folded(kind: str, key: str) -> str:
    return key.lower() if kind == "sha256" else unicodedata.normalize("NFC", key)


def _may_edit(actor: Actor, organization_id: UUID, project_id: UUID) -> bool:
    return may(actor, Permission.EDIT, Target(organization_id, project_id))
