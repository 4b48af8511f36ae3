"""Facets: how the assets that match part by kind, tag, codec and the like; counted exactly, or over the newest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any
from uuid import UUID

from assets.conditions import FIELD
from assets.queries.fields import visible_fields
from assets.queries.filters import AssetFilter
from assets.queries.pages import question
from assets.queries.rote import Question
from assets.queries.shapes import Shape, counted
from assets.queries.statements import rows_statement
from dam.core import reads
from dam.core.access import Actor
from dam.core.errors import invalid
from dam.core.web.pagination import PageRequest
from orgs.models import Project
from orgs.queries import people

#: Counted are the newest so many that match: all of them, and so exactly, in all but large organisations.
COUNTED = 20_000
MOST_FACETS = 20
#: Greatest denominator of a frame rate: those of broadcasting are thousands over 1001.
_RATE = 1001


@dataclass(frozen=True)
class Facet:
    """One way to part assets: an SQL expression over `seen`, and the columns whose filters are its own."""

    name: str
    value: str
    source: str = ""
    columns: frozenset[str] = frozenset()
    field: UUID | None = None
    key: str = ""


def _facet(name: str, value: str, *columns: str, source: str = "") -> Facet:
    return Facet(name, value, source, frozenset(columns))


FACETS: Mapping[str, Facet] = {
    each.name: each
    for each in (
        _facet("kind", "seen.kind", "kind"),
        _facet("tag", "tag", "tags", source="CROSS JOIN LATERAL unnest(seen.tags) AS tag"),
        _facet("codec", "seen.codec", "codec"),
        _facet("fps", "seen.fps::text", "fps"),
        _facet("resolution", "seen.width || 'x' || seen.height", "lines"),
        _facet("state", "seen.preview_state", "preview_state"),
        _facet("approval", "seen.approval", "approval"),
        _facet("project", "seen.project_id::text", "project_id"),
        _facet("person", "seen.created_by::text", "created_by"),
        _facet("rate", "seen.fps::text", "fps"),
        _facet("month", "to_char(seen.created_at AT TIME ZONE 'UTC', 'YYYY-MM')", "created_at"),
        _facet("captured", "to_char(seen.captured_at AT TIME ZONE 'UTC', 'YYYY-MM')", "captured_at"),
    )
}
UNCOUNTED = frozenset({"long_text"})


def facets_of(
    actor: Actor, wanted: AssetFilter, names: Sequence[str], *, most: int = 50
) -> list[dict[str, Any]]:
    """Return how what matches parts by each of the named facets, most frequent values first.

    A facet is counted as if its own filter were not set, so that it shows what else there is to choose. `exact` is
    False where more than `COUNTED` assets match and the newest of them were counted.

    Shapes: at most `most` values of each facet; one statement for all facets without a filter of their own, and one
    for each that has one.

    Raises:
        Invalid: there is no such facet, or the actor does not meet the field (`facets`).
    """
    found = _named(actor, names, project_id=wanted.project)
    plain = [each for each in found if _without(wanted, each) == wanted]
    told = _counted(actor, wanted, plain, most=most)
    for each in found:
        if each not in plain:
            told |= _counted(actor, _without(wanted, each), [each], most=most)
    documents = [told[each.name] for each in found]
    for document in documents:
        _label(document)
    return documents


def _named(actor: Actor, names: Sequence[str], *, project_id: UUID | None) -> list[Facet]:
    if not names or len(names) > MOST_FACETS or len(set(names)) < len(names):
        raise invalid("facets", f"Name 1 to {MOST_FACETS} facets, each once.")
    keys = [each.removeprefix(FIELD) for each in names if each.startswith(FIELD)]
    rows = visible_fields(actor, project_id=project_id).filter(key__in=keys) if keys else ()
    fields = {f"{FIELD}{row.key}": row for row in rows if row.type not in UNCOUNTED}
    found = []
    for number, name in enumerate(names):
        if name in FACETS:
            found.append(FACETS[name])
        elif name in fields:
            found.append(_of_field(name, fields[name].id, number))
        else:
            raise invalid("facets", f"There is no facet {name[:100]}.")
    return found


def _of_field(name: str, field_id: UUID, number: int) -> Facet:
    held = f"seen.field{number}"
    source = (
        "CROSS JOIN LATERAL jsonb_array_elements_text("
        f"CASE jsonb_typeof({held}) WHEN 'array' THEN {held} ELSE jsonb_build_array({held}) END) AS held"
    )
    return Facet(name, "held", source, field=field_id, key=f"field{number}")


def _without(wanted: AssetFilter, facet: Facet) -> AssetFilter:
    """Return the filter without what is a facet's own."""
    if facet.field is not None:
        return replace(wanted, asked=tuple(each for each in wanted.asked if each.field != facet.field))
    kept = tuple(
        each
        for each in wanted.asked
        if each.field is not None
        or not any(one.column in facet.columns for some in each.alternatives for one in some)
    )
    apart = {"kind": "kind", "tag": "tag", "project": "project", "month": "created_after"}
    rest: dict[str, Any] = {apart[facet.name]: None} if facet.name in apart else {}
    return replace(wanted, asked=kept, **rest)


def _counted(
    actor: Actor, wanted: AssetFilter, parts: Sequence[Facet], *, most: int
) -> dict[str, dict[str, Any]]:
    asked = question(actor, wanted, PageRequest("", {}, "-created_at")) if parts else None
    if asked is None:
        return {each.name: _document(each, [], is_exact=True) for each in parts}
    return _answer(asked, parts, most=most)


def _answer(asked: Question, parts: Sequence[Facet], *, most: int) -> dict[str, dict[str, Any]]:
    shape = counted(asked.shape, most=COUNTED + 1)
    values = {**asked.values, "key": None, "id": None, "skip": 0, "most": COUNTED + 1, "sort": "created_at"}
    values |= {"values": most} | {each.key: each.name.removeprefix(FIELD) for each in parts if each.key}
    (total, *found) = reads.row(_statement(shape, tuple(parts)), values, is_plain=False)
    is_exact = total <= COUNTED
    return {
        each.name: _document(each, rows or [], is_exact=is_exact)
        for each, rows in zip(parts, found, strict=True)
    }


@lru_cache(maxsize=256)
def _statement(shape: Shape, parts: tuple[Facet, ...]) -> str:
    fields = "".join(f", asset.fields -> %({each.key})s AS {each.key}" for each in parts if each.key)
    seen = (
        "SELECT asset.kind, asset.tags, asset.codec, asset.fps, asset.width, asset.height, asset.preview_state, asset.approval, "  # noqa: S608  facets are a table of ours; a field's key is bound
        f"asset.project_id, asset.created_by, asset.created_at, asset.captured_at{fields} FROM ({rows_statement(shape)}) asset"
    )
    counts = "".join(f", ({_count(each)})" for each in parts)
    return f"WITH seen AS MATERIALIZED ({seen}) SELECT (SELECT count(*) FROM seen){counts}"  # noqa: S608  facets are a table of ours; a field's key is bound


def _count(facet: Facet) -> str:
    return (
        "SELECT json_agg(json_build_array(value, number) ORDER BY number DESC, value) FROM ("  # noqa: S608  facets are a table of ours; a field's key is bound
        f"SELECT {facet.value} AS value, count(*) AS number FROM seen {facet.source} "
        f"WHERE ({facet.value}) IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(values)s) part"
    )


# --- what comes back ----------------------------------------------------------------------------------


def _document(facet: Facet, rows: Sequence[Sequence[Any]], *, is_exact: bool) -> dict[str, Any]:
    values = [{"value": value, "count": count} for value, count in rows]
    return {"name": facet.name, "exact": is_exact, "values": values}


def _label(document: dict[str, Any]) -> None:
    """Say values as people know them: names beside ids, rates as fractions."""
    if document["name"] in {"fps", "rate"}:
        for each in document["values"]:
            rate = Fraction(float(each["value"])).limit_denominator(_RATE)
            each["value"] = f"{rate.numerator}/{rate.denominator}"
    labels = _LABELS.get(document["name"])
    if labels is not None:
        names = labels({UUID(each["value"]) for each in document["values"]})
        for each in document["values"]:
            each["label"] = names.get(UUID(each["value"]))


def _projects(ids: set[UUID]) -> dict[UUID, str]:
    return dict(Project.objects.filter(id__in=ids).values_list("id", "name"))


def _people(ids: set[UUID]) -> dict[UUID, str]:
    return {key: each.name for key, each in people(ids).items()}


_LABELS: Mapping[str, Callable[[set[UUID]], dict[UUID, str]]] = {"project": _projects, "person": _people}
