"""A batch of an import's rows, brought to the assets that they mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assets.fieldtypes import Definition
from assets.models import Asset
from assets.services import Edit, edit_many
from dam.core.access import Actor
from exchange.metadata.columns import FIELD, KEYS, Columns
from exchange.metadata.reading import Row
from exchange.metadata.values import Said, key_text, said
from exchange.queries.matching import definitions, editable_assets, matches
from exchange.services.tally import Tally
from orgs.queries import members_among

EDITED = ("title", "tags", "fields")
NOT_THERE = "There is no such asset, or you may not edit it."
AMBIGUOUS = "Several assets have this {kind}; name one by its id."
_WORDS = {"id": "id", "sha256": "digest", "name": "name"}


@dataclass(frozen=True)
class Terms:
    """How rows are read: which key counts (the surest that a row has, unless said), what empty cells mean."""

    is_table: bool
    match: str | None = None
    clears: bool = False
    project_id: UUID | None = None


@dataclass(frozen=True)
class Words:
    """What the organisation's columns mean, and the rules of its fields by key."""

    columns: Columns
    defined: Mapping[str, Definition]


@dataclass
class _Read:
    """A row with the key that names its asset and what it says."""

    row: Row
    kind: str
    key: str
    column: str
    said: Said


def words_of(actor: Actor) -> Words:
    """Return what columns mean to the actor. In scope."""
    names, defined = definitions(actor)
    return Words(Columns(names), defined)


def apply_rows(
    actor: Actor,
    rows: Sequence[Row],
    *,
    terms: Terms,
    tally: Tally,
    operation_id: UUID | None,
    untold: set[UUID] | None = None,
) -> None:
    """Bring rows to their assets, each wholly or not at all, and tell the tally; without `operation_id` only count.

    Fields are what they are by now: in the course of a long import they may change, or be deleted.

    `untold` is that of `activity.services.record_many`.

    Locks and transaction: in scope, in the transaction that the batch is; locks the assets in the order of their ids.
    """
    tally.rows += len(rows)
    words, told = words_of(actor), len(tally.errors)
    read = [each for row in rows if (each := _read(row, words, terms=terms, tally=tally)) is not None]
    assets = _assets(actor, read, terms=terms, locks=operation_id is not None)
    people = members_among(_people(read, words.defined))
    before = {each.id: (each, _told(each)) for each in assets.values() if each is not None}
    for each in read:
        _take(each, assets, words=words, people=people, tally=tally)
    tally.errors[told:] = sorted(tally.errors[told:], key=lambda each: each["row"])
    if operation_id is not None:
        edits = [_edit(*each) for each in before.values()]
        edit_many(actor, edits, operation_id=operation_id, untold=untold)


# --- reading ----------------------------------------------------------------------------------------


def _read(row: Row, words: Words, *, terms: Terms, tally: Tally) -> _Read | None:
    """Return what a row says, or tell the tally why it says nothing."""
    values: dict[str, tuple[str, Any]] = {}
    unknown = None
    for column, value in row.values.items():
        meaning = words.columns.meaning(column)
        if meaning is None and not terms.is_table:
            unknown = column
        if meaning:
            values.setdefault(meaning, (column, value))
    kinds = [terms.match] if terms.match else KEYS
    kind = next((each for each in kinds if each in values and values[each][1] not in (None, "")), None)
    if row.fault or unknown is not None or kind is None:
        nameless = f"Name the asset: {' or '.join(kinds)}."
        detail = row.fault or ("There is no such field." if unknown is not None else nameless)
        _failed(tally, row, detail, column=unknown)
        return None
    column, value = values[kind]
    found = said(values, words.defined, is_table=terms.is_table, clears=terms.clears)
    return _Read(row, kind, key_text(value), column, found)


def _failed(tally: Tally, row: Row, detail: str, *, column: str | None = None) -> None:
    tally.failed += 1
    tally.fail(row.number, detail, column=column)


def _assets(
    actor: Actor, read: Iterable[_Read], *, terms: Terms, locks: bool
) -> dict[tuple[str, str], Asset | None]:
    """Return the assets that the rows' keys mean: one object for each, whatever names it; None where several are meant."""
    keys: dict[str, set[str]] = defaultdict(set)
    for each in read:
        if each.key:
            keys[each.kind].add(each.key)
    among = editable_assets(actor, project_id=terms.project_id)
    found = matches(keys, among=among)
    ids = {some[0] for kinds in found.values() for some in kinds.values() if len(some) == 1}
    rows = among.filter(id__in=ids).order_by("id")
    known = {each.id: each for each in (rows.select_for_update(of=("self",)) if locks else rows)}
    return {
        (kind, key): known[some[0]] if len(some) == 1 else None
        for kind, kinds in found.items()
        for key, some in kinds.items()
        if len(some) > 1 or some[0] in known
    }


def _people(read: Iterable[_Read], defined: Mapping[str, Definition]) -> set[UUID]:
    return {
        UUID(value)
        for each in read
        for key, value in each.said.fields.items()
        if value is not None and defined[key].type == "person"
    }


# --- taking -----------------------------------------------------------------------------------------


def _take(
    read: _Read,
    assets: Mapping[tuple[str, str], Asset | None],
    *,
    words: Words,
    people: set[UUID],
    tally: Tally,
) -> None:
    """Let the one asset that a row means become what the row says, in memory."""
    place = (read.kind, read.key)
    asset = assets.get(place)
    if asset is None:
        detail = AMBIGUOUS.format(kind=_WORDS[read.kind]) if place in assets else NOT_THERE
        _failed(tally, read.row, detail, column=read.column)
        return
    fields = asset.fields | read.said.fields
    fields = {key: value for key, value in fields.items() if value is not None}
    faults = dict(read.said.faults) | _faults(asset, read, fields, words=words, people=people)
    if faults:
        tally.failed += 1
        for column, detail in faults.items():
            tally.fail(read.row.number, detail, column=column, asset_id=asset.id)
        return
    after = _told(asset) | read.said.changes | {"fields": fields}
    before = _told(asset)
    changed = [each for each in EDITED if before[each] != after[each]]
    if not changed:
        tally.unchanged += 1
        return
    tally.change(
        read.row.number,
        asset_id=asset.id,
        title=asset.title,
        before={each: before[each] for each in changed},
        after={each: after[each] for each in changed},
    )
    for each in changed:
        setattr(asset, each, after[each])


def _faults(
    asset: Asset, read: _Read, fields: Mapping[str, Any], *, words: Words, people: set[UUID]
) -> dict[str, str]:
    """Return what stands against the fields of one asset, by column."""
    given = {key for key in read.said.fields if read.said.fields[key] != asset.fields.get(key)}
    columns = {words.columns.meaning(column): column for column in read.row.values}
    found = {}
    for key in given:
        column, definition = columns[FIELD + key], words.defined[key]
        value = fields.get(key)
        if not definition.is_seen_in(asset.project_id):
            found[column] = "There is no such field."
        elif value is not None and definition.type == "person" and UUID(value) not in people:
            found[column] = "There is no such object, or you cannot see it."
    if given:
        for each in words.defined.values():
            if each.required and each.is_seen_in(asset.project_id) and each.key not in fields:
                found[columns.get(FIELD + each.key, FIELD + each.key)] = "This field is required."
    return found


def _told(asset: Asset) -> dict[str, Any]:
    return {"title": asset.title, "tags": list(asset.tags), "fields": dict(asset.fields)}


# --- writing ----------------------------------------------------------------------------------------


def _edit(asset: Asset, before: Mapping[str, Any]) -> Edit:
    """Return what the rows have made of an asset, as a change of what it was."""
    after = _told(asset)
    for name, value in before.items():
        setattr(asset, name, value)
    return Edit(asset, after)
