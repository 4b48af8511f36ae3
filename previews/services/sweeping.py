"""What becomes of previews in time: dropped when nobody plays them, looked for in storage, swept up behind others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from assets import services as assets
from dam.core import failpoints, storage, tenancy
from previews import queries
from previews.media.recipes import LADDER_NAME
from previews.models import Preview
from previews.services.publishing import object_prefix
from previews.services.requests import USABLE
from previews.services.withholding import is_under_pressure, queue_extras

logger = logging.getLogger(__name__)

IDENTITY = "gpu-writer"
BATCH = 50
DAY_S = 24 * 3600
CHECKED_EVERY_S = 7 * DAY_S
#: Addresses that were handed out before a generation was left may be used to their end; clocks differ a little.
GRACE_FACTOR, GRACE_SPARE_S = 1.2, 60
DELETING_AT_ONCE = 8
AGED = (
    "Nobody has played this for long, so its previews were put away; they are made again when somebody does."
)
GONE = "The previews were not found in storage; they are made again when somebody plays them."
#: What stays of a preview that is dropped: small, and what a page of assets is recognised by.
PICTURES = frozenset({queries.POSTER} | {f"img/{size}.webp" for size in queries.THUMBNAILS})
FOLDERS = ("hls", "mp4", "img")
#: One of these is there whenever previews are.
_ESSENTIAL = (queries.MASTER, queries.PROXY, queries.POSTER)


def sweep() -> int:
    """Take up previews that are to be dropped, looked for, or deleted from storage; returns how many.

    A generation that another took the place of goes when no address of it is valid any more. Whatever interrupts
    it, the next sweep does the same again: a row goes after its files.

    Locks and transaction: outside any scope; short transactions, none of them open while storage is asked.
    """
    swept = 0
    for preview_id, organization_id, why in _due():
        with tenancy.scope(organization_id):
            preview = Preview.objects.filter(id=preview_id).first()
        if preview is None:
            continue
        swept += 1
        _TAKEN_UP[why](preview)
    return swept


def grace_s() -> int:
    """Return for how many seconds a generation that was left can still be played."""
    return int(settings.EDGE_TOKEN_TTL * GRACE_FACTOR) + GRACE_SPARE_S


def _due() -> list[tuple[UUID, UUID, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, organization_id, why FROM previews_due(%s, %s, %s, %s)",
            [grace_s(), settings.PREVIEW_TTL_DAYS * DAY_S, CHECKED_EVERY_S, BATCH],
        )
        found: list[tuple[UUID, UUID, str]] = cursor.fetchall()
    return found


def drop(preview: Preview, *, played_before_s: float = 0) -> bool:
    """Put a preview away unless it was played meanwhile; its files go after the grace, its pictures stay.

    Units: `played_before_s` seconds that nobody has played it.
    """
    with tenancy.scope(preview.organization_id):
        limit = timezone.now() - timedelta(seconds=played_before_s)
        rows = Preview.objects.select_for_update().filter(id=preview.id, played_at__lte=limit)
        current = rows.first()
        return current is not None and forget(current, reason=AGED)


def forget(preview: Preview, *, reason: str) -> bool:
    """Let the versions of the digest show that there are no previews; False where another has taken their place.

    Locks and transaction: in scope, in the caller's transaction.
    """
    rows = Preview.objects.select_for_update().filter(id=preview.id, is_active=True, state__in=USABLE)
    current = rows.filter(generation=preview.generation).first()
    if current is None:
        return False
    current.state, current.reason = Preview.State.NONE, reason
    current.published = sorted(PICTURES & set(current.published)) if reason == AGED else []
    current.save(update_fields=["state", "reason", "published", "updated_at"])
    assets.set_preview_state(sha256=current.sha256, state=Preview.State.NONE, reason=reason, is_news=True)
    logger.info("preview.put_away", extra={"sha256": current.sha256, "generation": current.generation})
    return True


def delete_left(preview: Preview) -> None:
    """Delete the files of a generation that is no longer played, then its row; the newest row stays, for its number."""
    prefix = object_prefix(preview.organization_id, generation=preview.generation)
    kept = set(preview.published) if preview.is_active else set()
    keys = (
        key
        for folder in FOLDERS
        for key in storage.keys_under(IDENTITY, "previews", f"{prefix}{folder}/{preview.sha256}/")
        if f"{folder}/{key.rsplit('/', 1)[-1]}" not in kept
    )
    delete_keys(keys)
    failpoints.reach("sweep:deleted")
    with tenancy.scope(preview.organization_id):
        rows = Preview.objects.select_for_update().filter(sha256=preview.sha256)
        highest = Preview.objects.filter(sha256=preview.sha256).aggregate(highest=Max("generation"))[
            "highest"
        ]
        mine = rows.filter(id=preview.id, generation=preview.generation, is_active=preview.is_active)
        if preview.is_active:
            mine.filter(state=Preview.State.NONE).update(renditions=[], measured_at=None)
        elif preview.generation == highest:
            mine.update(started_at=None, measured_at=None)
        else:
            mine.delete()


def delete_keys(keys: Iterator[str]) -> None:
    """Delete these keys from the previews bucket, several at a time.

    Raises:
        StorageError: the store is out of reach; some may be left.
    """
    with ThreadPoolExecutor(DELETING_AT_ONCE, thread_name_prefix="sweep") as pool:
        for _ in pool.map(lambda key: storage.delete(IDENTITY, "previews", key), keys):
            continue


def is_there(preview: Preview) -> bool:
    """Tell whether storage has what the preview is worthless without; notes that it was asked.

    Raises:
        storage.StorageError: it does not answer.
    """
    prefix = object_prefix(preview.organization_id, generation=preview.generation)
    for name in (each for each in _ESSENTIAL if each in preview.published):
        kind, _, rest = name.partition("/")
        try:
            storage.head(IDENTITY, "previews", f"{prefix}{kind}/{preview.sha256}/{rest}")
        except storage.NotFound:
            return False
    with tenancy.scope(preview.organization_id):
        Preview.objects.filter(id=preview.id).update(checked_at=Now())
    return True


def _drop_unplayed(preview: Preview) -> None:
    drop(preview, played_before_s=settings.PREVIEW_TTL_DAYS * DAY_S)


def _look_for(preview: Preview) -> None:
    if not is_there(preview):
        with tenancy.scope(preview.organization_id):
            forget(preview, reason=GONE)


def _make_up(preview: Preview) -> None:
    # The ladder of a long film is no extra: it takes its turn, however long the queue.
    if LADDER_NAME in preview.withheld or not is_under_pressure():
        queue_extras(preview.id, organization_id=preview.organization_id)


_TAKEN_UP: dict[str, Callable[[Preview], None]] = {
    "left": delete_left,
    "aged": _drop_unplayed,
    "unseen": _look_for,
    "withheld": _make_up,
}
