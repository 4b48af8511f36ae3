"""Custom fields: defined, changed with what that does to values in use, taken away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from activity import services as activity
from assets import fieldtypes
from assets.fieldpresets import Preset
from assets.fieldtypes import Definition, clean_value, converted
from assets.models import Asset, FieldDefinition, FieldValue
from assets.queries.fields import definition_of
from assets.services.indexing import index_fields
from dam.core.access import Actor
from dam.core.errors import Conflict, InUse, invalid, unseen
from dam.core.tenancy import current_organization, take_turn
from orgs.models import Project
from orgs.queries import members_among

MOST_FIELDS = 200
MOST_MIGRATED = 20_000
"""As many assets are rewritten within one request; more would hold their rows for longer than a person waits."""
_BATCH = 2000
#: So many of the values that a change would lose are shown, each cut to so many characters.
MOST_EXAMPLES, LONGEST_EXAMPLE = 20, 100
TOLD = ("key", "name", "type", "choices", "required", "default", "help", "order", "projects")


@dataclass(frozen=True)
class Effect:
    """What a change does to values in use: how many assets have one, and of those how many keep, change, lose it.

    `lost_values` are some of the values that would be lost, each once, as texts.
    """

    assets: int = 0
    kept: int = 0
    converted: int = 0
    lost: int = 0
    lost_values: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the effect as the API tells it."""
        return asdict(self)


@transaction.atomic
def create_field(*, actor: Actor, given: Mapping[str, Any]) -> FieldDefinition:
    """Define a field; without `key` it gets one from its name, without `order` the last place.

    Raises:
        Invalid: choices that the type does not have or lacks, a default that is no value of the type, a project
            that does not exist, or too many fields.
        Conflict: the key is taken.
    """
    take_turn(f"fields:{current_organization()}")
    if FieldDefinition.objects.count() >= MOST_FIELDS:
        raise invalid("name", f"An organisation has at most {MOST_FIELDS} fields.")
    row = FieldDefinition(created_by=actor.id, **given)
    row.key = row.key or _free_key(row.name)
    if "order" not in given:
        row.order = (FieldDefinition.objects.aggregate(last=Max("order"))["last"] or 0) + 1
    # Of a new field alone: a key that was given before the language of search took the word stays what it is.
    _or_invalid("key", lambda: fieldtypes.clean_key(row.key))
    _check(row)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict(
            f"There is a field with the key {row.key} already.", fields={"key": ["This key is taken."]}
        ) from None
    _record(actor, "created", row, after=_told(row))
    return row


@transaction.atomic
def apply_preset(*, actor: Actor, preset: Preset) -> list[FieldDefinition]:
    """Define the fields of a preset that the organisation lacks; returns all of the preset's fields, in order."""
    known = {each.key: each for each in FieldDefinition.objects.filter(key__in=[f[0] for f in preset.fields])}
    for key, name, type_, choices, help_ in preset.fields:
        if key not in known:
            given = {"key": key, "name": name, "type": type_, "choices": list(choices), "help": help_}
            known[key] = create_field(actor=actor, given=given)
    return [known[each[0]] for each in preset.fields]


@transaction.atomic
def edit_field(
    row: FieldDefinition,
    *,
    actor: Actor,
    changes: Mapping[str, Any],
    migrates: bool = False,
    is_trial: bool = False,
) -> Effect:
    """Change a definition; returns what that does to values in use.

    A change that rewrites or loses values is carried out with `migrates` only; with `is_trial` nothing is written.

    Locks and transaction: the caller holds the definition's lock.

    Raises:
        Invalid: as for `create_field`.
        InUse: values would change or be lost and `migrates` is not set, or there are too many of them.
    """
    before, was = _told(row), definition_of(row)
    for name, value in changes.items():
        setattr(row, name, value)
    if "choices" not in changes and row.type not in fieldtypes.CHOOSING:
        row.choices = []
    _check(row)
    is_rewriting = (was.type, was.choices) != (row.type, tuple(row.choices))
    effect = _rewrite(row, is_trial=True) if is_rewriting else Effect()
    if is_trial:
        return effect
    if effect.converted or effect.lost:
        _check_rewriting(effect, migrates=migrates)
    changed = [each for each in TOLD if before[each] != _told(row)[each]]
    if changed:
        row.save(update_fields=[*changed, "updated_at"])
        if is_rewriting:
            _rewrite(row, is_trial=False)
        after = {each: _told(row)[each] for each in changed}
        if effect.converted or effect.lost:
            after["effect"] = effect.document()
        _record(actor, "changed", row, before={each: before[each] for each in changed}, after=after)
    return effect


@transaction.atomic
def delete_field(row: FieldDefinition, *, actor: Actor, even_if_used: bool = False) -> Effect:
    """Take a field away, and with `even_if_used` its values from every asset; returns how many lost one.

    Locks and transaction: the caller holds the definition's lock.

    Raises:
        InUse: assets have values of it and `even_if_used` is not set, or there are too many of them.
    """
    holders = _holders(row)
    effect = Effect(assets=len(holders), lost=len(holders))
    if holders and not even_if_used:
        raise InUse(
            f"{len(holders)} assets have a value of this field, which would be lost. Send force=true to lose them."
        )
    if len(holders) > MOST_MIGRATED:
        raise InUse(f"More than {MOST_MIGRATED} assets have a value; clear the field there first.")
    _write(row, dict.fromkeys(holders))
    FieldValue.objects.filter(field=row).delete()
    identity, before = row.id, _told(row) | {"effect": effect.document()}
    row.delete()
    row.id = identity
    _record(actor, "deleted", row, before=before)
    return effect


# --- definitions ------------------------------------------------------------------------------------


def _free_key(name: str) -> str:
    key = fieldtypes.key_of(name) or "custom_field"
    taken = set(FieldDefinition.objects.filter(key__startswith=key).values_list("key", flat=True))
    return next(each for each in (key, *(f"{key[:60]}_{n}" for n in range(2, 1000))) if each not in taken)


def _check(row: FieldDefinition) -> None:
    """Refuse what contradicts itself.

    Raises:
        Invalid: naming the first fault.
    """
    row.choices = _or_invalid("choices", lambda: fieldtypes.clean_choices(row.choices))
    if row.type in fieldtypes.CHOOSING and not row.choices:
        raise invalid("choices", "Give the choices.")
    if row.type not in fieldtypes.CHOOSING and row.choices:
        raise invalid("choices", "Only choice and multi_choice have choices.")
    _check_projects(row.projects)
    row.default = _or_invalid("default", lambda: clean_value(definition_of(row), row.default))
    if (
        row.type == "person"
        and row.default is not None
        and UUID(row.default) not in members_among([UUID(row.default)])
    ):
        raise unseen("default")


def _check_projects(projects: Sequence[UUID] | None) -> None:
    known = set(Project.objects.filter(id__in=projects or []).values_list("id", flat=True))
    for index, each in enumerate(projects or []):
        if each not in known:
            raise unseen(f"projects.{index}")


def _or_invalid(field: str, clean: Callable[[], Any]) -> Any:
    try:
        return clean()
    except ValueError as error:
        raise invalid(field, str(error)) from None


def _told(row: FieldDefinition) -> dict[str, Any]:
    told = {each: getattr(row, each) for each in TOLD}
    return told | {"projects": None if row.projects is None else [str(each) for each in row.projects]}


def _record(
    actor: Actor,
    verb: str,
    row: FieldDefinition,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    activity.record(
        actor, verb=f"field.{verb}", target_kind="field", target_id=row.id, before=before, after=after
    )


# --- values in use ----------------------------------------------------------------------------------


def _holders(row: FieldDefinition) -> list[UUID]:
    """Return the assets that have a value, those in the trash too."""
    return list(FieldValue.objects.filter(field=row).values_list("asset_id", flat=True).distinct())


def _check_rewriting(effect: Effect, *, migrates: bool) -> None:
    if not migrates:
        raise InUse(
            f"{effect.assets} assets have a value of this field: {effect.converted} would be converted, "
            f"{effect.lost} would be lost. Send migrate=true to do so."
        )
    if effect.assets > MOST_MIGRATED:
        raise InUse(f"More than {MOST_MIGRATED} assets have a value; make a new field instead.")


def _rewrite(row: FieldDefinition, *, is_trial: bool) -> Effect:
    """Bring every value in line with the definition, batch by batch; only count with `is_trial`."""
    definition, holders = definition_of(row), _holders(row)
    kept = changed = lost = 0
    examples: dict[str, None] = {}
    for start in range(0, len(holders), _BATCH):
        batch = holders[start : start + _BATCH]
        values: dict[UUID, Any] = {}
        for asset_id, value in _values_of(row, batch, lock=not is_trial):
            fresh = _converted(definition, value)
            kept += fresh == value
            changed += fresh is not None and fresh != value
            lost += fresh is None
            if fresh is None and len(examples) < MOST_EXAMPLES:
                examples[_shown(value)] = None
            if fresh != value:
                values[asset_id] = fresh
        if not is_trial:
            _write(row, values)
            index_fields(batch)
    return Effect(len(holders), kept, changed, lost, tuple(examples))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_EXAMPLE else f"{text[: LONGEST_EXAMPLE - 1]}…"


def _values_of(row: FieldDefinition, asset_ids: Sequence[UUID], *, lock: bool) -> Iterable[tuple[UUID, Any]]:
    """Return each asset's value; what is to be written is read behind its lock, or an edit meanwhile were undone."""
    rows = Asset.objects.select_for_update() if lock else Asset.objects.all()
    return rows.filter(id__in=asset_ids).order_by("id").values_list("id", f"fields__{row.key}")


def _converted(definition: Definition, value: Any) -> Any:
    try:
        return converted(definition, value)
    except ValueError:
        return None


def _write(row: FieldDefinition, values: Mapping[UUID, Any]) -> None:
    """Write one field of many assets at once; None takes it away."""
    if not values:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE assets_asset asset SET updated_at = clock_timestamp(), fields = CASE WHEN fresh.value IS NULL "
            "THEN asset.fields - %s ELSE jsonb_set(asset.fields, ARRAY[%s], fresh.value) END "
            "FROM unnest(%s::uuid[], %s::jsonb[]) AS fresh(id, value) "
            "WHERE asset.organization_id = %s AND asset.id = fresh.id",
            [
                row.key,
                row.key,
                list(values),
                [_json(each) for each in values.values()],
                current_organization(),
            ],
        )


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)
