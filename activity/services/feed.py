"""Giving live events their numbers and sending them out, in that order, one organisation at a time.

The relay has events numbered in one transaction and, once that has committed, sent in a second: a number is final
before anybody hears of it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import transaction
from redis import RedisError

from activity import bus
from activity.models import Event, Feed, Numbered
from activity.services.share_feed import locked_feed, number_for_listeners, share_messages
from dam.core import failpoints, tenancy
from dam.core.delivery import outbox
from dam.core.models import Outbox
from dam.core.tenancy import current_organization

logger = logging.getLogger(__name__)
PUBLISH_TOPIC = "live.publish"
BATCH = 500
SECOND_CHANCE_S = 2.0


def number_events(payloads: Sequence[dict[str, Any]]) -> None:
    """Number the events that the outbox names, and ask for them to be sent.

    Locks and transaction: inside a scope; takes the organisation's feed row. An event keeps its first number.
    """
    identities = [UUID(each["event"]) for each in payloads]
    feed = locked_feed()
    known = set(Numbered.objects.filter(event_id__in=identities).values_list("event_id", flat=True))
    events = Event.objects.in_bulk([each for each in identities if each not in known])
    fresh = [events[each] for each in dict.fromkeys(identities) if each in events]
    rows = [
        Numbered(
            number=number,
            event=event,
            project_id=event.project_id,
            asset_id=event.asset_id,
            version_id=event.version_id,
        )
        for number, event in enumerate(fresh, feed.numbered + 1)
    ]
    Numbered.objects.bulk_create(rows)
    feed.numbered += len(rows)
    feed.save(update_fields=["numbered", "updated_at"])
    number_for_listeners(rows, upto=feed.numbered)
    # Told at once by this process; the message stands for it should the process die first.
    request = outbox.publish(PUBLISH_TOPIC, {"upto": feed.numbered}, delay_s=SECOND_CHANCE_S)
    tell = partial(_tell_at_once, current_organization(), upto=feed.numbered, request=request)
    transaction.on_commit(tell, robust=True)


def _tell_at_once(organization_id: UUID, *, upto: int, request: Outbox) -> None:
    try:
        with tenancy.scope(organization_id):
            publish_numbered([{"upto": upto}])
            request.delete()
    except (RedisError, DatabaseError) as error:
        logger.warning("live.waiting", extra={"error": str(error)})


def publish_numbered(payloads: Sequence[dict[str, Any]]) -> None:
    """Send what is numbered and not yet sent; after a crash some go out twice, and clients skip the second.

    The messages name the last number whose transaction is known to have committed; nothing above it is sent, for
    this very transaction may be about to give those.

    Locks and transaction: inside a scope; takes the organisation's feed row, so that order holds.

    Raises:
        redis.RedisError: Redis cannot be reached; nothing counts as sent.
    """
    feed = Feed.objects.select_for_update().get()
    upto = max(int(each["upto"]) for each in payloads)
    waiting = list(
        Numbered.objects.filter(number__gt=feed.published, number__lte=upto)
        .select_related("event")
        .order_by("number")[:BATCH]
    )
    if not waiting:
        return
    messages = [_member_message(each) for each in waiting if each.event.type != bus.ITEMS_CHANGED]
    bus.send([*messages, *share_messages(waiting)])
    failpoints.reach("live:published")
    feed.published = waiting[-1].number
    feed.save(update_fields=["published", "updated_at"])
    if feed.published < upto:
        outbox.publish(PUBLISH_TOPIC, {"upto": upto})


def _member_message(numbered: Numbered) -> bytes:
    event = numbered.event
    return bus.message(
        organization_id=current_organization(),
        event=event.type,
        data=event.data,
        topics=bus.member_topics(
            event.type, project_id=event.project_id, asset_id=event.asset_id, version_id=event.version_id
        ),
        number=numbered.number,
        at=event.created_at,
    )
