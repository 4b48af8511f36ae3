"""The relay: it takes messages out of the outbox after commit and hands them to whoever registered for their topic.

A message goes out at least once; its row is deleted in the transaction of its handler. Any number of relays may run;
each organisation is served by one of them at a time, so that its messages keep their order.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import Counter
from redis import RedisError

from dam.core import failpoints, registry, tenancy
from dam.core.delivery import outbox
from dam.core.guard import guard
from dam.core.models import Outbox
from dam.core.observing import log

logger = logging.getLogger(__name__)

BATCH = 200
ORGANIZATIONS = 20
TRIES = 3
AWAY_S, FIRST_RETRY_S = 1.0, 2.0
REASON_CHARACTERS = 500
# What is away comes back: a message is not to blame for it, however long it takes.
_AWAY = (OperationalError, InterfaceError, BrokerError, RedisError, OSError)
_LOCK_SPACE = 0x6F62
MESSAGES = Counter(
    "dam_relay_messages", "Messages of the outbox, by what became of a try", ["topic", "outcome"]
)


def relay_once() -> int:
    """Deliver one batch of due messages of each organisation that has some; returns how many were tried.

    Locks and transaction: one transaction for each organisation, so that nobody waits for another's burst.

    Raises:
        DatabaseError: the database cannot be reached; what was in hand was not delivered for good.
    """
    outbox.look()
    with connection.cursor() as cursor:
        # A fresh beginning each time: with more organisations than one turn serves, each has its turn.
        cursor.execute("SELECT outbox_due(%s, %s)", [uuid4(), ORGANIZATIONS])
        owners: list[UUID] = [row[0] for row in cursor.fetchall()]
    return sum(_serve(each) for each in owners)


def _serve(organization_id: UUID) -> int:
    log.clear()
    log.bind(organization_id=organization_id)
    with tenancy.scope(organization_id):
        if not _is_ours(organization_id):
            return 0
        rows = list(
            Outbox.objects.select_for_update(skip_locked=True)
            .filter(set_aside_at=None, available_at__lte=Now())
            .order_by("available_at", "sequence")[:BATCH]
        )
        for topic, group in _by_topic(rows):
            _deliver(topic, group)
        return len(rows)


def _is_ours(organization_id: UUID) -> bool:
    """Take the organisation for this transaction, unless another relay has it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, str(organization_id)]
        )
        return bool(cursor.fetchone()[0])


def _by_topic(rows: Sequence[Outbox]) -> Iterator[tuple[str, list[Outbox]]]:
    groups: dict[str, list[Outbox]] = {}
    for each in rows:
        groups.setdefault(each.topic, []).append(each)
    yield from groups.items()


def _deliver(topic: str, rows: list[Outbox]) -> None:
    """Hand a group on; where it fails, find out which of its messages is to blame."""
    with (
        guard("relay.failed", expected=_AWAY, topic=topic, messages=len(rows)) as outcome,
        transaction.atomic(),
    ):
        registry.delivery(topic)([each.payload for each in rows])
        failpoints.reach("relay:delivered")
        _all(rows).delete()
    if outcome.error is None:
        MESSAGES.labels(topic, "delivered").inc(len(rows))
    elif isinstance(outcome.error, _AWAY):
        logger.warning("relay.waiting", extra={"topic": topic, "error": str(outcome.error)})
        MESSAGES.labels(topic, "away").inc(len(rows))
        _all(rows).update(available_at=Now() + timedelta(seconds=AWAY_S))
    elif len(rows) > 1:
        for each in rows:
            _deliver(topic, [each])
    else:
        _try_again_or_set_aside(rows[0], outcome.error)


def _try_again_or_set_aside(row: Outbox, error: Exception) -> None:
    """Give a message another try later, or keep it out of the way with the reason, for a person to look at."""
    attempts = row.attempts + 1
    reason = f"{type(error).__name__}: {error}"[:REASON_CHARACTERS]
    if attempts < TRIES:
        MESSAGES.labels(row.topic, "failed").inc()
        later = Now() + timedelta(seconds=FIRST_RETRY_S * 2 ** (attempts - 1))
        _all([row]).update(attempts=attempts, reason=reason, available_at=later)
        return
    MESSAGES.labels(row.topic, "set_aside").inc()
    logger.error("relay.set_aside", extra={"topic": row.topic, "sequence": row.sequence, "reason": reason})
    _all([row]).update(attempts=attempts, reason=reason, set_aside_at=Now())


def _all(rows: Sequence[Outbox]) -> QuerySet[Outbox, Any]:
    return Outbox.objects.filter(sequence__in=[each.sequence for each in rows])
