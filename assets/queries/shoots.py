"""Shoots, and what may be one: pictures and films taken one after the other, at one place."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.tuple_lookups import (
    Tuple,
    TupleGreaterThanOrEqual,
    TupleLessThan,
    TupleLessThanOrEqual,
)
from django.db.models.functions import Coalesce

from assets.models import Asset, Dismissal, Shoot
from dam.core.access import Actor, Permission, Target, require
from dam.core.errors import NotFound, invalid
from dam.core.tenancy import current_organization
from dam.core.web.pagination import Page, PageRequest, page_of, position_of

EARTH_KM = 6371.0
_BATCH = 2000
#: So many assets are read for a page of proposals; a longer row of them is proposed in parts.
MOST_READ = 50_000
MOST_COVERS = 4


def visible_shoots(
    actor: Actor, *, project_id: UUID | None = None, client_id: UUID | None = None
) -> QuerySet[Shoot]:
    """Return the shoots that the actor sees, with `asset_count`, without an order."""
    rows = Shoot.objects.all()
    seen = actor.visible_projects(current_organization())
    if seen is not None:
        rows = rows.filter(project_id__in=seen)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    if client_id is not None:
        rows = rows.filter(client_id=client_id)
    # Counted row by row, so that a page counts what it shows and not everything before its limit.
    # By the shoot alone, which holds assets of its project: with the project named besides, that one is read through.
    held = Asset.objects.filter(shoot_id=OuterRef("id"), trashed_at=None)
    counted = held.order_by().values("shoot_id").annotate(number=Count("*")).values("number")
    return rows.annotate(asset_count=Coalesce(Subquery(counted), 0))


def shoot_for(actor: Actor, shoot_id: UUID, permission: Permission, *, lock: bool = False) -> Shoot:
    """Load a shoot.

    Raises:
        NotFound: there is none, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = Shoot.objects.select_for_update() if lock else Shoot.objects.all()
    found = rows.filter(id=shoot_id).first()
    if found is None:
        raise NotFound
    require(actor, permission, Target(found.organization_id, found.project_id))
    return found


def shoot_document(shoot: Shoot) -> dict[str, Any]:
    """Return one shoot; a list's rows carry their `asset_count`, a single one is counted here."""
    counted = getattr(shoot, "asset_count", None)
    if counted is None:
        counted = Asset.objects.filter(shoot_id=shoot.id, trashed_at=None).count()
    return {
        "id": shoot.id,
        "project": shoot.project_id,
        "client": shoot.client_id,
        "name": shoot.name,
        "date": shoot.date,
        "place": shoot.place,
        "latitude": shoot.latitude,
        "longitude": shoot.longitude,
        "asset_count": counted,
        "created_at": shoot.created_at,
        "updated_at": shoot.updated_at,
    }


# --- proposals ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """When and where an asset was recorded; degrees, None where nobody knows."""

    at: datetime
    id: UUID
    latitude: float | None
    longitude: float | None

    @property
    def place(self) -> tuple[float, float] | None:
        """The position, where it is known."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


@dataclass(frozen=True)
class Cut:
    """What ends a shoot: so long without a recording, or two positions so far apart."""

    gap: timedelta
    distance_km: float


@dataclass(frozen=True)
class Proposal:
    """What may be a shoot: assets from `first` to `last` in the order of capture, both of them among it."""

    first: tuple[datetime, UUID]
    last: tuple[datetime, UUID]
    asset_count: int = 0
    latitude: float | None = None
    longitude: float | None = None
    covers: tuple[UUID, ...] = ()

    @property
    def id(self) -> str:
        """The proposal as text that says what it holds."""
        said = [self.first[0].isoformat(), str(self.first[1]), self.last[0].isoformat(), str(self.last[1])]
        place = [self.latitude, self.longitude]
        return base64.urlsafe_b64encode(orjson.dumps([*said, *place])).rstrip(b"=").decode()

    @classmethod
    def of(cls, text: str) -> Proposal:
        """Return the proposal that a text says.

        Raises:
            Invalid: it says none.
        """
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            from_at, from_id, to_at, to_id, latitude, longitude = orjson.loads(raw)
            first, last = (datetime.fromisoformat(each).astimezone(UTC) for each in (from_at, to_at))
            place = [None if each is None else _degrees(each) for each in (latitude, longitude)]
            return cls((first, UUID(from_id)), (last, UUID(to_id)), 0, place[0], place[1])
        except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError):
            raise invalid("proposal", "Not a proposal of this list.") from None

    def suggestion(self) -> dict[str, Any]:
        """Return what a shoot made of it is called, unless somebody says otherwise."""
        day = self.first[0].date()
        return {"name": day.isoformat(), "date": day, "latitude": self.latitude, "longitude": self.longitude}

    def document(self) -> dict[str, Any]:
        """Return the proposal as the API tells it."""
        return {
            "id": self.id,
            **self.suggestion(),
            "captured_from": self.first[0],
            "captured_to": self.last[0],
            "asset_count": self.asset_count,
            "covers": list(self.covers),
        }


def _degrees(value: Any) -> float:
    number = float(value)
    if not -180 <= number <= 180:
        raise ValueError("no position")
    return number


def in_proposal(project_id: UUID, proposal: Proposal, *, dismissed: bool = False) -> list[UUID]:
    """Return the assets of a proposal that no shoot has taken meanwhile, in the order of capture.

    Those that are proposed, or with `dismissed` those that were dismissed.
    """
    order = Tuple(F("captured_at"), F("id"))
    rows = _untaken(project_id, dismissed=dismissed).filter(
        TupleGreaterThanOrEqual(order, tuple(map(Value, proposal.first))),
        TupleLessThanOrEqual(order, tuple(map(Value, proposal.last))),
    )
    return list(rows.order_by("captured_at", "id").values_list("id", flat=True))


def proposals(
    project_id: UUID, *, cut: Cut, least: int, request: PageRequest, dismissed: bool = False
) -> Page:
    """Return a page of proposals, newest first: assets in no shoot, cut where nothing was recorded or the place changed.

    Fewer than `least` assets are none. With `dismissed` what was dismissed is shown, and nothing else.
    The caller has judged the project.

    Raises:
        Invalid: a cursor that was tampered with or comes from another search.
    """
    position = position_of(request)
    after = None if position is None else (position.key, position.id)
    found: list[Proposal] = []
    for run in _runs(_untaken(project_id, dismissed=dismissed), after, cut):
        if len(run) >= least:
            found.append(_proposed(run))
        if len(found) > request.limit:
            break
    count = _counted(_untaken(project_id, dismissed=dismissed), cut, least=least) if request.count else None
    page = page_of(found, request, position=position, end_of=lambda each: each.first, count=count)
    return replace(page, previous=None)


def _counted(untaken: QuerySet[Asset], cut: Cut, *, least: int) -> dict[str, Any]:
    """Return how many proposals there are among the newest assets that a page looks at."""
    runs = [len(each) for each in _runs(untaken, None, cut)]
    return {"value": sum(each >= least for each in runs), "exact": sum(runs) < MOST_READ}


def _untaken(project_id: UUID, *, dismissed: bool) -> QuerySet[Asset]:
    rows = Asset.objects.filter(project_id=project_id, trashed_at=None, shoot=None, captured_at__isnull=False)
    told = Exists(Dismissal.objects.filter(project_id=project_id, asset_id=OuterRef("id")))
    return rows.filter(told if dismissed else ~told)


def _runs(untaken: QuerySet[Asset], after: tuple[datetime, UUID] | None, cut: Cut) -> Iterator[list[Taken]]:
    """Yield what was recorded together, newest first."""
    run: list[Taken] = []
    place: tuple[float, float] | None = None
    for each in _newest(untaken, after):
        moved = (
            place is not None and each.place is not None and _apart_km(place, each.place) > cut.distance_km
        )
        if run and (moved or run[-1].at - each.at > cut.gap):
            yield run
            run, place = [], None
        run.append(each)
        place = each.place or place
    if run:
        yield run


def _newest(untaken: QuerySet[Asset], after: tuple[datetime, UUID] | None) -> Iterator[Taken]:
    for _ in range(MOST_READ // _BATCH):
        rows = untaken
        if after is not None:
            rows = rows.filter(TupleLessThan(Tuple(F("captured_at"), F("id")), tuple(map(Value, after))))
        fields = ("captured_at", "id", "current_version__latitude", "current_version__longitude")
        batch = [Taken(*row) for row in rows.order_by("-captured_at", "-id").values_list(*fields)[:_BATCH]]
        yield from batch
        if len(batch) < _BATCH:
            return
        after = (batch[-1].at, batch[-1].id)


def _proposed(run: list[Taken]) -> Proposal:
    """Describe what was recorded together, which is in reading order: newest first."""
    places = [each.place for each in run if each.place is not None]
    step = max(1, len(run) // MOST_COVERS)
    return Proposal(
        first=(run[-1].at, run[-1].id),
        last=(run[0].at, run[0].id),
        asset_count=len(run),
        latitude=round(sum(each[0] for each in places) / len(places), 6) if places else None,
        longitude=round(sum(each[1] for each in places) / len(places), 6) if places else None,
        covers=tuple(each.id for each in run[::-1][::step][:MOST_COVERS]),
    )


def _apart_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance on the ground (haversine)."""
    (north, east), (other_north, other_east) = (tuple(map(math.radians, each)) for each in (one, other))
    half = math.sin((other_north - north) / 2) ** 2
    half += math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
