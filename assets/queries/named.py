"""People and places by name, as the query language takes them: among those that the caller sees, and no others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from assets.conditions import Asked, Comparison, Condition, Key, key_named
from assets.models import Collection
from assets.queries.lists import visible_collections
from assets.queries.shoots import visible_shoots
from dam.core.access import Actor
from dam.core.tenancy import current_organization
from dam.core.web.parsing import as_uuid
from orgs.models import Project
from orgs.queries import visible_clients, visible_people, visible_projects

#: Of what the names of one condition may mean so many count.
MOST_NAMED = 200
#: So many collections that have a name of a path are looked at for the path.
MOST_ON_PATHS = 2000
#: Of smart collections one may be asked for by its name, and nothing beside it.
SMART = (
    "“{}” is a smart collection: it is looked into where it is named alone, not left out or beside others."
)
#: Who asks, as a word.
ME = "me"


@dataclass(frozen=True)
class Named:
    """What a condition asks for by name, and notes on names that nothing has."""

    asked: Asked
    notes: tuple[str, ...] = ()


def asked_by_name(actor: Actor, key: Key, condition: Condition) -> Named:
    """Return what a condition on people or places asks; its texts are ids, or names of what the actor sees.

    A name is a whole name, in either case, or where nothing has it, words of one; where several have it, any
    of them is meant. What nothing is called finds nothing, and is told.

    Raises:
        ValueError: the key is not compared in this way.
    """
    if condition.way not in {"eq", "prefix"}:
        raise ValueError(f"{key.name} is not compared like this.")
    wanted, unknown = _meant(actor, key, condition)
    notes = [f"You see no {key.name} called “{each}”." for each in unknown]
    if key.name == "client":
        wanted = _projects_of(actor, wanted)
    if key.name == "collection" and (smart := _smart_among(actor, wanted)):
        wanted = [each for each in wanted if each not in {row.id for row in smart}]
        notes += [SMART.format(row.name) for row in smart]
    asked = Asked(((Comparison(key.column, "in", tuple(wanted)),),), condition.negated)
    return Named(asked, tuple(notes))


def smart_by_name(actor: Actor, condition: Condition) -> Collection | None:
    """Return the smart collection that a condition means, where it asks for just that one and not for others beside it."""
    key = key_named(condition.key)
    if key is None or key.name != "collection" or condition.negated or condition.way not in {"eq", "prefix"}:
        return None
    wanted, unknown = _meant(actor, key, condition)
    smart = _smart_among(actor, wanted) if len(wanted) == 1 and not unknown else []
    return smart[0] if smart else None


def _meant(actor: Actor, key: Key, condition: Condition) -> tuple[list[UUID], list[str]]:
    """Return what a condition names, and the names that nothing has."""
    identities = {text: as_uuid(text) for text in condition.values}
    texts = [text for text, identity in identities.items() if identity is None]
    called = _names(actor, key, texts, is_beginning=condition.way == "prefix") if texts else {}
    wanted = [each for each in identities.values() if each is not None]
    wanted += [each for text in texts for each in called[text]]
    return list(dict.fromkeys(wanted)), [text for text in texts if not called[text]]


def _smart_among(actor: Actor, ids: Sequence[UUID]) -> list[Collection]:
    rows = visible_collections(actor).filter(kind=Collection.CollectionKind.SMART, id__in=ids)
    return list(rows.order_by("id")) if ids else []


def _names(actor: Actor, key: Key, texts: Sequence[str], *, is_beginning: bool) -> _Called:
    by_path = _by_path(actor, texts) if key.name == "collection" else {}
    found = _called(
        _WHERE[key.name](actor), [each for each in texts if each not in by_path], is_beginning=is_beginning
    )
    found |= by_path
    for text in texts:
        if key.name == "person" and text.casefold() == ME and actor.id is not None:
            found[text] = [actor.id]
    return found


def _by_path(actor: Actor, texts: Sequence[str]) -> _Called:
    """Return the collections that lie at the end of a path of names, `Above/Below`, whatever lies above its first."""
    paths = {text: [each.strip().casefold() for each in text.split("/")] for text in texts if "/" in text}
    if not paths:
        return {}
    seen = {
        identity: (name.casefold(), parent)
        for identity, name, parent in visible_collections(actor)
        .filter(
            _any_of("iexact", ["name"], list(dict.fromkeys(name for each in paths.values() for name in each)))
        )
        .values_list("id", "name", "parent_id")[:MOST_ON_PATHS]
    }
    found = {text: [each for each in seen if _ends(seen, each, names)] for text, names in paths.items()}
    return {text: ids for text, ids in found.items() if ids}


def _ends(seen: Mapping[UUID, tuple[str, UUID | None]], identity: UUID, names: Sequence[str]) -> bool:
    """Tell whether a collection has the last of the names, the one above it the name before, and so on."""
    here: UUID | None = identity
    for name in reversed(names):
        called, above = seen.get(here, ("", None)) if here is not None else ("", None)
        if not name or called != name:
            return False
        here = above
    return True


def _projects_of(actor: Actor, client_ids: Sequence[UUID]) -> list[UUID]:
    seen = visible_clients(actor, current_organization()).filter(id__in=client_ids)
    return list(Project.objects.filter(client_id__in=seen.values("id")).values_list("id", flat=True))


# --- who and what is called so ------------------------------------------------------------------------

_Called = dict[str, list[UUID]]


@dataclass(frozen=True)
class _Where:
    """Rows that have names: the columns of what is named, of its name, and of what counts beside it as a whole only."""

    rows: QuerySet[Any]
    identity: str = "id"
    name: str = "name"
    beside: str = ""


def _people(actor: Actor) -> _Where:
    return _Where(visible_people(actor, current_organization()), "user_id", "called", "user__email")


def _projects(actor: Actor) -> _Where:
    return _Where(visible_projects(actor, current_organization()), beside="slug")


def _clients(actor: Actor) -> _Where:
    return _Where(visible_clients(actor, current_organization()), beside="slug")


def _collections(actor: Actor) -> _Where:
    return _Where(visible_collections(actor))


def _shoots(actor: Actor) -> _Where:
    return _Where(visible_shoots(actor))


_WHERE: Mapping[str, Callable[[Actor], _Where]] = {
    "person": _people,
    "project": _projects,
    "client": _clients,
    "collection": _collections,
    "shoot": _shoots,
}
#: The keys of search whose texts may be names.
KEYS = frozenset(_WHERE)


def _called(where: _Where, texts: Sequence[str], *, is_beginning: bool) -> _Called:
    """Return what each text names, at most two questions for all: whole names first, then words of them.

    With `is_beginning` a text is how a name begins.
    """
    if is_beginning:
        begins = _any_of("istartswith", [where.name], texts)
        return _sorted_in(where, texts, begins, [where.name], _is_begun)
    columns = [each for each in (where.name, where.beside) if each]
    found = _sorted_in(where, texts, _any_of("iexact", columns, texts), columns, _is_whole)
    missing = [text for text, each in found.items() if not each]
    if missing:
        within = Q(**{f"{where.name}__iregex": "|".join(_pattern(each) for each in missing)})
        found |= _sorted_in(where, missing, within, [where.name], _is_within)
    return found


def _any_of(how: str, columns: Sequence[str], texts: Sequence[str]) -> Q:
    wanted = Q()
    for column in columns:
        for text in texts:
            wanted |= Q(**{f"{column}__{how}": text})
    return wanted


def _sorted_in(
    where: _Where,
    texts: Sequence[str],
    wanted: Q,
    columns: Sequence[str],
    is_called: Callable[[str, str], bool],
) -> _Called:
    found: _Called = {text: [] for text in texts}
    for identity, *own in where.rows.filter(wanted).values_list(where.identity, *columns)[:MOST_NAMED]:
        for text, ids in found.items():
            if any(is_called(text, each or "") for each in own):
                ids.append(identity)
    return found


def _is_whole(text: str, name: str) -> bool:
    return text.casefold() == name.casefold()


def _is_begun(text: str, name: str) -> bool:
    return name.casefold().startswith(text.casefold())


def _is_within(text: str, name: str) -> bool:
    return re.search(_pattern(text), name, re.IGNORECASE) is not None


def _pattern(text: str) -> str:
    """Return what finds a text as whole words of a name; the database and Python read it alike."""
    return rf"(^|\W){re.escape(text)}(\W|$)"
