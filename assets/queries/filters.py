"""What a list of assets was asked for, from parameters as people give them to what the database is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from assets import conditions, search
from assets.conditions import Asked, Comparison, Condition, Key, Reading
from assets.models import Collection, FieldDefinition
from assets.queries import named
from assets.queries.fields import asked_of_fields
from assets.queries.loaders import check_project, collection_for
from dam.core.access import Actor, Permission
from dam.core.errors import DomainError, Invalid, NotFound, invalid, unseen
from orgs.queries import client_for

#: What else a list takes: how it is shown, which decides nothing of what it holds.
SHOWN = frozenset({"org", "sort", "limit", "count", "offset", "include"})
#: So deep may the query of a smart collection name other smart collections.
MOST_NESTED = 4


@dataclass(frozen=True)
class AssetFilter:
    """What a list of assets was asked for; None leaves a filter out.

    `kind`, `tag`, `collection` and `created_after` stand apart because one index answers each of them; `asked` holds
    every other condition. `also` are filters that must hold besides, those of smart collections. `fixes` are what
    mistyped words of `q` may mean: said by the caller (`meant`), else see `assets.queries.searching`.
    """

    project: UUID | None = None
    client: UUID | None = None
    q: str | None = None
    kind: str | None = None
    tag: str | None = None
    collection: UUID | None = None
    created_after: datetime | None = None
    trashed: bool = False
    asked: tuple[Asked, ...] = ()
    also: tuple[AssetFilter, ...] = ()
    fixes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def everything(self) -> tuple[AssetFilter, ...]:
        """This filter and all that must hold besides."""
        return (self, *(inner for each in self.also for inner in each.everything))


def filter_of(actor: Actor, params: Mapping[str, Any]) -> AssetFilter:
    """Return what an object of the asset list's own parameters asks, as queries of bodies hold it.

    Shapes: values are texts as in an address, or the numbers, truths and lists (any of them) of JSON; what only says
    how a list is shown, such as `sort`, is passed over.

    Raises:
        Invalid: a parameter that is unknown, holds what is no value of it, or names what the actor cannot see.
    """
    reading = conditions.read(texts_of({name: each for name, each in params.items() if name not in SHOWN}))
    if reading.faults:
        raise Invalid(
            next(iter(reading.faults.values())),
            fields={name: [fault] for name, fault in reading.faults.items()},
        )
    check_places(actor, reading, in_body=True)
    return filter_from(actor, reading)


def texts_of(params: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters as an address would hold them.

    Raises:
        Invalid: a value is none that an address can hold.
    """
    found = {}
    for name, value in params.items():
        many = value if isinstance(value, list) else [value]
        if not many or not all(isinstance(each, str | int | float) for each in many):
            raise invalid(name, "Must be a text, a number, true or false, or a list of these.")
        is_many = isinstance(value, list) and "__" not in name
        found[f"{name}__in" if is_many else name] = ",".join(_text_of(each) for each in many)
    return found


def _text_of(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_places(
    actor: Actor,
    reading: Reading,
    *,
    permission: Permission = Permission.VIEW,
    in_body: bool = False,
) -> None:
    """Refuse places that the actor cannot see, rather than answer nothing.

    Raises:
        NotFound: one of them cannot be seen.
        Invalid: likewise, where a body names it.
    """
    name = "project"
    try:
        if reading.project is not None:
            check_project(actor, reading.project, permission)
        name = "client"
        if reading.client is not None:
            client_for(actor, reading.client, permission)
        name = "collection"
        if reading.collection is not None:
            collection_for(actor, reading.collection, permission)
    except NotFound:
        if in_body:
            raise unseen(name) from None
        raise


Known = Mapping[str, FieldDefinition]


def filter_from(actor: Actor, reading: Reading, *, depth: int = 0, known: Known | None = None) -> AssetFilter:
    """Return what filters ask that were read, and whose places the actor sees.

    `known` are all custom fields that the actor meets, by key, where somebody has them at hand.

    Raises:
        Invalid: a custom field that the actor does not meet there, or a smart collection whose query asks for what is
            no more.
    """
    fields = asked_of_fields(actor, dict(reading.fields), project_id=reading.project, known=known)
    wanted = AssetFilter(
        project=reading.project,
        client=reading.client,
        q=reading.q or None,
        kind=reading.kind,
        tag=reading.tag,
        collection=reading.collection,
        created_after=reading.created_after,
        trashed=reading.trashed,
        asked=(*reading.asked, *fields),
        fixes=reading.meant,
    )
    if wanted.collection is None:
        return wanted
    return _with_smart(actor, wanted, collection_id=wanted.collection, depth=depth, known=known)


def _with_smart(
    actor: Actor, wanted: AssetFilter, *, collection_id: UUID, depth: int, known: Known | None
) -> AssetFilter:
    """Put the query of a smart collection in the place of its id."""
    row = Collection.objects.filter(id=collection_id).first()
    if row is None and depth:
        raise invalid("collection", "The collection that it names is no more.")
    if row is None or row.kind != Collection.CollectionKind.SMART:
        return wanted
    return replace(wanted, collection=None, also=(smart_filter(actor, row, depth=depth, known=known),))


def smart_filter(
    actor: Actor, collection: Collection, *, depth: int = 0, known: Known | None = None
) -> AssetFilter:
    """Return what a smart collection asks, within its project.

    Raises:
        Invalid: its query asks for a field that is no more, or names itself through others (`collection`).
    """
    if depth >= MOST_NESTED:
        raise invalid("collection", f"Smart collections name one another at most {MOST_NESTED} deep.")
    query = {name: each for name, each in (collection.query or {}).items() if name not in SHOWN}
    reading = conditions.read(texts_of(query))
    if reading.faults:
        name, fault = next(iter(reading.faults.items()))
        raise invalid("collection", f"The collection's query cannot be read: {name}: {fault}")
    within = replace(reading, project=reading.project or collection.project_id)
    try:
        inner = filter_from(actor, within, depth=depth + 1, known=known)
    except DomainError as error:
        name = next(iter(error.fields), "query")
        raise invalid(
            "collection", f"The collection's query cannot be read: {name}: {error.detail}"
        ) from None
    return inner if inner.project == collection.project_id else _in_project(inner, collection.project_id)


def _in_project(inner: AssetFilter, project_id: UUID) -> AssetFilter:
    return AssetFilter(project=project_id, also=(inner,))


@dataclass(frozen=True)
class Typed:
    """The conditions of a search as the database compares them; what is no condition, with a sentence each; notes."""

    asked: tuple[Asked, ...]
    faults: Mapping[Condition, str]
    notes: tuple[str, ...] = ()


def asked_of(actor: Actor, asked: Sequence[Condition], *, project_id: UUID | None = None) -> Typed:
    """Type the conditions of a search: people and places by name too, texts of custom fields in either case.

    A key that is none of the built-in ones is a custom field's.
    """
    found: list[Asked] = []
    notes: list[str] = []
    faults: dict[Condition, str] = {}
    for each in asked:
        try:
            key = conditions.key_named(each.key)
            if key is None:
                found += asked_of_fields(actor, {each.key: each}, project_id=project_id, is_folded=True)
            elif key.name in named.KEYS:
                by_name = _by_name(actor, key, each)
                found += by_name.asked
                notes += by_name.notes
            else:
                found.append(conditions.typed(each))
        except ValueError as error:
            faults[each] = str(error)
        except Invalid as error:
            faults[each] = error.detail
    return Typed(tuple(found), faults, tuple(notes))


#: What no asset is.
_NOTHING = Asked(((Comparison("collection", "in", ()),),))


@dataclass(frozen=True)
class _ByName:
    asked: tuple[Asked, ...]
    notes: tuple[str, ...] = ()


def _by_name(actor: Actor, key: Key, condition: Condition) -> _ByName:
    """Return what a condition on people or places asks; a smart collection is asked for by `with_named`.

    Raises:
        ValueError: the key is not compared in this way.
    """
    smart = named.smart_by_name(actor, condition)
    if smart is None:
        found = named.asked_by_name(actor, key, condition)
        return _ByName((found.asked,), found.notes)
    try:
        smart_filter(actor, smart)
    except Invalid as error:
        return _ByName((_NOTHING,), (f"“{smart.name}”: {error.detail}",))
    return _ByName(())


def with_named(actor: Actor, wanted: AssetFilter, *, depth: int = 0) -> AssetFilter:
    """Return a filter with what the smart collections ask that its search names (`collection:NAME`), and theirs.

    A collection whose query cannot be asked, or that comes to name itself, finds nothing; `asked_of` says why.
    """
    also = [with_named(actor, each, depth=depth) for each in wanted.also]
    for each in search.placed(wanted.q or "") if "collection" in (wanted.q or "").casefold() else ():
        row = named.smart_by_name(actor, each.condition)
        try:
            inner = None if row is None else smart_filter(actor, row, depth=depth)
        except Invalid:
            also.append(AssetFilter(asked=(_NOTHING,)))
        else:
            also += [] if inner is None else [with_named(actor, inner, depth=depth + 1)]
    return replace(wanted, also=tuple(also)) if also else wanted


def tags_asked(wanted: Sequence[Asked]) -> tuple[list[tuple[str, ...]], list[Asked]]:
    """Part conditions into groups of tags, any of which must be there, and the rest."""
    groups, rest = [], []
    for each in wanted:
        tags = _tags(each)
        if tags is None:
            rest.append(each)
        else:
            groups.append(tags)
    return groups, rest


def _tags(asked: Asked) -> tuple[str, ...] | None:
    match asked.alternatives:
        case ((Comparison("tags", "has", value),),) if not asked.negated:
            return tuple(value)
    return None


def said_asked(wanted: Sequence[Asked]) -> tuple[list[str] | None, list[Asked]]:
    """Part conditions into what is asked of titles and names of files, in the database's words, and the rest.

    None where nothing can be found: what is asked for holds no words.
    """
    said: list[str] = []
    rest: list[Asked] = []
    is_vain = False
    for each in wanted:
        if each.alternatives[0][0].way not in {"says", "begins"}:
            rest.append(each)
            continue
        found = [search.match([_term(*some)]) for some in each.alternatives]
        asked = " | ".join(one.wanted for one in found if one is not None)
        is_vain = is_vain or not (asked or each.negated)
        said += [f"{'!' * each.negated}({asked})"] if asked else []
    return None if is_vain else said, rest


def _term(compared: Comparison) -> search.Term:
    """Return the words of a condition: one as typed alone, several side by side."""
    begins = compared.way == "begins"
    is_phrase = begins or len(compared.value.split()) > 1
    return search.Term(compared.value, is_phrase=is_phrase, is_prefix=begins, within=compared.column)
