"""Entering assets anew among what search finds: after an upgrade in the background, or when an operator says so."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from uuid import UUID

from django.db import connection

from assets.models import Asset, SearchEntry
from assets.search import FORM
from assets.services.indexing import index_assets
from dam.core import tenancy
from dam.core.pace import Pace

logger = logging.getLogger(__name__)

#: How long a turn of the schedule takes at most, in seconds.
TURN_S = 40.0
#: In the background it rests after a batch, so many times as long as that took: the rest of the machine is everybody else's.
REST = 1.0


def reindex(
    organization_id: UUID,
    *,
    everything: bool = False,
    on_batch: Callable[[int], object] | None = None,
    until: float | None = None,
    rest: float = 0.0,
) -> int:
    """Enter the assets of an organisation anew: those entered in an older form, or `everything`; returns how many.

    Whatever interrupts it, the next one goes on where it was. `on_batch` is told how many have just been entered.

    Units: `until` is a time of `time.monotonic`, after which no further batch is begun; `rest` is how long nothing is done
    after each batch, in times of what it took.

    Locks and transaction: outside any scope; a short transaction for each batch, of as many as `Pace` says.
    """
    done, after, pace = 0, None, Pace()
    while until is None or time.monotonic() < until:
        began = time.monotonic()
        batch = _enter(organization_id, after, everything=everything, most=pace.size)
        if not batch:
            break
        took_s = time.monotonic() - began
        pace.follow(took_s)
        done, after = done + len(batch), batch[-1]
        if on_batch is not None:
            on_batch(len(batch))
        time.sleep(took_s * rest)
    return done


def _enter(organization_id: UUID, after: UUID | None, *, everything: bool, most: int) -> list[UUID]:
    """Enter the next batch behind an asset anew, and return it; nothing where there is none left."""
    with tenancy.scope(organization_id):
        batch = _next(after, everything=everything, most=most)
        if batch:
            index_assets(batch)
    return batch


def _next(after: UUID | None, *, everything: bool, most: int) -> list[UUID]:
    if everything:
        rows = Asset.objects.order_by("id")
        rows = rows if after is None else rows.filter(id__gt=after)
        return list(rows.values_list("id", flat=True)[:most])
    behind = SearchEntry.objects.filter(form__lt=FORM).order_by("asset_id")
    behind = behind if after is None else behind.filter(asset_id__gt=after)
    return list(behind.values_list("asset_id", flat=True)[:most])


def count_to_reindex(organization_id: UUID, *, everything: bool = False) -> int:
    """Return how many assets `reindex` would enter anew. Outside any scope."""
    with tenancy.scope(organization_id):
        rows = Asset.objects.all() if everything else SearchEntry.objects.filter(form__lt=FORM)
        return rows.count()


def catch_up() -> int:
    """Enter anew what was entered in an older form, for a while; returns how many. The schedule runs it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT assets_behind(%s)", [FORM])
        owners = [row[0] for row in cursor.fetchall()]
    until = time.monotonic() + TURN_S
    done = sum(reindex(each, until=until, rest=REST) for each in owners)
    if done:
        logger.info("search.caught_up", extra={"assets": done})
    return done
