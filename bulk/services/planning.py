"""What an action would do to each of some assets, and which of them it cannot be done to, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from assets import queries as catalogue
from assets import services as assets
from assets.metadata import clean_tags
from assets.models import Asset, Collection, FieldDefinition, Shoot
from assets.services import Edit, FieldChange
from bulk.models import Change
from dam.core.access import Actor, Permission, Target, may
from dam.core.errors import Forbidden, Invalid

GONE = "There is no such asset any more, or you cannot see it."
IN_TRASH = "It lies in the trash."
NOT_ALLOWED = Forbidden.title
ELSEWHERE = "It is of another project than the collection."
OTHER_SHOOT = "It is of another project than the shoot."
EDITED = "It was changed since, and stays as it is."
HELD = "A legal hold keeps it where it is."
NO_VERSION = "It has no version."


class Impossible(Exception):
    """It cannot be done to this asset; the text is a sentence for a person."""


@dataclass
class Tally:
    """How a part went: what can be done, and what could not."""

    fit: list[Edit] = field(default_factory=list)
    errors: list[tuple[UUID, str]] = field(default_factory=list)
    skipped: list[UUID] = field(default_factory=list)

    def fail(self, asset_id: UUID, reason: str) -> None:
        """Note that one could not be done."""
        self.errors.append((asset_id, reason))

    def refuse_held(self, is_leaving: Callable[[Edit], bool] = lambda edit: True) -> None:
        """Note as not done what would take an asset from where a legal hold keeps it. One query for a part."""
        leaving = [each.asset.id for each in self.fit if is_leaving(each)]
        held = catalogue.held_assets(leaving) if leaving else set[UUID]()
        self.fit = [each for each in self.fit if each.asset.id not in held]
        for each in sorted(held):
            self.fail(each, HELD)


def rows_of(ids: Sequence[UUID]) -> dict[UUID, Asset]:
    """Return assets by id, locked in the order of their ids; those that are gone are left out. In scope."""
    rows = Asset.objects.select_for_update(of=("self",)).filter(id__in=ids).order_by("id")
    return {each.id: each for each in rows}


class Judge:
    """What one actor may do at this moment, asked once for each project."""

    def __init__(self, actor: Actor) -> None:
        """Take whoever asks, with the rights of now."""
        self.actor = actor

    def check(self, asset: Asset | None, permission: Permission) -> Asset:
        """Return the asset, if the actor may do this to it.

        Raises:
            Impossible: it is gone, not seen, or the role does not allow it.
        """
        if asset is None or not self.may(Permission.VIEW, asset.organization_id, asset.project_id):
            raise Impossible(GONE)
        if not self.may(permission, asset.organization_id, asset.project_id):
            raise Impossible(NOT_ALLOWED)
        return asset

    def may(self, permission: Permission, organization_id: UUID, project_id: UUID) -> bool:
        """Tell whether the actor may do this in a project."""
        return may(self.actor, permission, Target(organization_id, project_id))


class EditPlan:
    """An action's edits: what is set, tagged, untagged, moved and collected."""

    def __init__(
        self, actor: Actor, action: Mapping[str, Any], collection: Collection | None, shoot: Shoot | None
    ) -> None:
        """Take the action as the job has it; `collection` is the one to collect in, `shoot` likewise, both locked."""
        self._judge, self._action, self._collection, self._shoot = Judge(actor), action, collection, shoot
        self._move = UUID(action["move"]) if "move" in action else None
        self._defined = [
            catalogue.definition_of(each)
            for each in (FieldDefinition.objects.all() if "fields" in action.get("edit", {}) else ())
        ]
        self._changes: dict[frozenset[str], FieldChange] = {}

    def of(self, ids: Sequence[UUID]) -> Tally:
        """Return what becomes of each of these assets."""
        rows, tally = rows_of(ids), Tally()
        for each in ids:
            try:
                tally.fit.append(self._edit(rows.get(each)))
            except Impossible as error:
                tally.fail(each, str(error))
        tally.refuse_held(_is_move)
        return tally

    def _edit(self, row: Asset | None) -> Edit:
        asset = self._judge.check(row, Permission.EDIT)
        if asset.trashed_at is not None:
            raise Impossible(IN_TRASH)
        place = self._move or asset.project_id
        if not self._judge.may(Permission.EDIT, asset.organization_id, place):
            raise Impossible(NOT_ALLOWED)
        if self._collection is not None and self._collection.project_id != place:
            raise Impossible(ELSEWHERE)
        if self._shoot is not None and self._shoot.project_id != place:
            raise Impossible(OTHER_SHOOT)
        if "rebuild" in self._action and asset.current_version_id is None:
            raise Impossible(NO_VERSION)
        return Edit(asset, self._after(asset, place))

    def _after(self, asset: Asset, place: UUID) -> dict[str, Any]:
        edit = self._action.get("edit", {})
        after: dict[str, Any] = {name: edit[name] for name in ("title",) if name in edit}
        if {"tag", "untag"} & set(self._action) or "tags" in edit:
            after["tags"] = self._tags(edit.get("tags", asset.tags))
        if "retag" in self._action:
            after["tags"] = _retagged(asset.tags, **self._action["retag"])
        if "fields" in edit:
            after["fields"] = self._fields(asset, place, edit["fields"])
        if self._move is not None:
            after["project_id"] = place
        if {"shoot", "unshoot"} & set(self._action):
            after["shoot_id"] = self._shoot and self._shoot.id
        return after

    def _tags(self, held: Iterable[str]) -> list[str]:
        going = set(self._action.get("untag", ()))
        kept = [each for each in held if each not in going]
        try:
            return clean_tags([*kept, *self._action.get("tag", ())])
        except ValueError as error:
            raise Impossible(f"tags: {error}") from None

    def _fields(self, asset: Asset, place: UUID, changes: Mapping[str, Any]) -> dict[str, Any]:
        seen = [each for each in self._defined if each.is_seen_in(place)]
        keys = frozenset(each.key for each in seen)
        if keys not in self._changes:
            self._changes[keys] = assets.judged_by(seen, changes)
        try:
            return self._changes[keys].merged(asset.fields)
        except Invalid as error:
            raise Impossible(_words(error)) from None


def _retagged(held: Iterable[str], *, tag: str, to: str | None) -> list[str]:
    """Return tags with one in the place of another, or with none there; each once."""
    instead = [] if to is None else [to]
    return list(dict.fromkeys(new for each in held for new in (instead if each == tag else [each])))


def _is_move(edit: Edit) -> bool:
    return bool(edit.after.get("project_id", edit.asset.project_id) != edit.asset.project_id)


def _words(error: Invalid) -> str:
    return "; ".join(f"{name}: {' '.join(messages)}" for name, messages in error.fields.items())


@dataclass(frozen=True)
class UndoPlan:
    """Giving assets back what an operation changed, where nobody has changed them since."""

    actor: Actor
    undone: UUID

    def of(self, ids: Sequence[UUID]) -> Tally:
        """Return what becomes of each of these assets."""
        changes = {
            each.asset_id: each for each in Change.objects.filter(operation_id=self.undone, asset_id__in=ids)
        }
        valid = _Validity(changes.values())
        rows, tally, judge = rows_of(ids), Tally(), Judge(self.actor)
        for each in ids:
            try:
                asset = judge.check(rows.get(each), Permission.EDIT)
                tally.fit.append(self._edit(asset, changes[each], judge, valid))
            except Impossible as error:
                tally.fail(each, str(error))
                if str(error) == EDITED:
                    tally.skipped.append(each)
        tally.refuse_held(_is_move)
        return tally

    def _edit(self, asset: Asset, change: Change, judge: Judge, valid: _Validity) -> Edit:
        if asset.updated_at != change.stamp:
            raise Impossible(EDITED)
        after = dict(change.before)
        if "project_id" in after:
            after["project_id"] = UUID(after["project_id"])
            if not judge.may(Permission.EDIT, asset.organization_id, after["project_id"]):
                raise Impossible(NOT_ALLOWED)
        if "fields" in after:
            after["fields"] = valid.checked(asset.fields, after["fields"])
        if "shoot_id" in after:
            after["shoot_id"] = valid.shoot(after["shoot_id"], after.get("project_id", asset.project_id))
        return Edit(asset, after, rejoins=tuple(change.left))


class _Validity:
    """Whether values of before are values still: a field may have gone or changed its type since, a shoot gone too."""

    def __init__(self, changes: Iterable[Change]) -> None:
        shoots = {each.before.get("shoot_id") for each in changes} - {None}
        held = Shoot.objects.select_for_update().filter(id__in=shoots).order_by("id")
        self._shoots = {str(each.id): each for each in held} if shoots else {}
        self._defined = {each.key: catalogue.definition_of(each) for each in FieldDefinition.objects.all()}

    def shoot(self, before: str | None, place: UUID) -> UUID | None:
        """Return the shoot of before where it is still there, in the project that the asset comes back to."""
        found = self._shoots.get(before or "")
        return found.id if found is not None and found.project_id == place else None

    def checked(self, held: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of before, without those that are no longer defined."""
        known = {key: value for key, value in before.items() if key in self._defined}
        changes = {key: value for key, value in known.items() if held.get(key) != value}
        faults = assets.judged_by(self._defined.values(), changes).faults
        if faults:
            raise Impossible(_words(Invalid(fields=faults)))
        return known
