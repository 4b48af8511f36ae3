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

logger = logging.getLogger(__name__)

#: So many assets are entered in one short transaction; nobody waits longer for one of them.
BATCH = 200
#: How long a turn of the schedule takes at most, in seconds.
TURN_S = 20.0


def reindex(
    organization_id: UUID,
    *,
    everything: bool = False,
    on_batch: Callable[[int], object] | None = None,
    until: float | None = None,
) -> int:
    """Enter the assets of an organisation anew: those entered in an older form, or `everything`; returns how many.

    Whatever interrupts it, the next one goes on where it was. `on_batch` is told how many have just been entered.

    Units: `until` is a time of `time.monotonic`, after which no further batch is begun.

    Locks and transaction: outside any scope; a short transaction for each batch.
    """
    done, after = 0, None
    while until is None or time.monotonic() < until:
        with tenancy.scope(organization_id):
            batch = _next(after, everything=everything)
            if batch:
                index_assets(batch)
        if not batch:
            break
        done, after = done + len(batch), batch[-1]
        if on_batch is not None:
            on_batch(len(batch))
    return done


def _next(after: UUID | None, *, everything: bool) -> list[UUID]:
    if everything:
        rows = Asset.objects.order_by("id")
        rows = rows if after is None else rows.filter(id__gt=after)
        return list(rows.values_list("id", flat=True)[:BATCH])
    behind = SearchEntry.objects.filter(form__lt=FORM).order_by("asset_id")
    behind = behind if after is None else behind.filter(asset_id__gt=after)
    return list(behind.values_list("asset_id", flat=True)[:BATCH])


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
    done = sum(reindex(each, until=until) for each in owners)
    if done:
        logger.info("search.caught_up", extra={"assets": done})
    return done
