"""The relay: it takes messages out of the outbox after commit and hands them to whoever registered for their topic.

A message goes out at least once; its row is deleted in the transaction of its handler. Any number of relays may run.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from dam.core import failpoints, log, registry, tenancy
from dam.core.guard import guard
from dam.core.models import Outbox

logger = logging.getLogger(__name__)

BATCH = 200
SECOND_TRY_S = 5.0


def relay_once() -> int:
    """Deliver one batch of due messages; returns how many rows were taken.

    Locks and transaction: one transaction; the rows stay locked until it ends, other relays skip them. Each
    organisation's part is a savepoint, so that one failure holds up nobody else.

    Raises:
        DatabaseError: the database cannot be reached; nothing was delivered for good.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT sequence, organization_id FROM outbox_take(%s)", [BATCH])
            taken: list[tuple[int, UUID]] = cursor.fetchall()
        by_organization: dict[UUID, list[int]] = defaultdict(list)
        for sequence, organization_id in taken:
            by_organization[organization_id].append(sequence)
        for organization_id, sequences in by_organization.items():
            log.clear()
            log.bind(organization_id=organization_id)
            _deliver(organization_id, sequences)
    return len(taken)


def _deliver(organization_id: UUID, sequences: list[int]) -> None:
    for topic, rows in _by_topic(organization_id, sequences):
        with (
            guard("relay.failed", topic=topic, messages=len(rows)) as outcome,
            tenancy.scope(organization_id),
        ):
            registry.delivery(topic)([each.payload for each in rows])
            failpoints.reach("relay:delivered")
            _rows(rows).delete()
        if outcome.error is not None:
            with tenancy.scope(organization_id):
                _rows(rows).update(available_at=Now() + timedelta(seconds=SECOND_TRY_S))


def _by_topic(organization_id: UUID, sequences: list[int]) -> Iterator[tuple[str, list[Outbox]]]:
    with tenancy.scope(organization_id):
        found = list(Outbox.objects.filter(sequence__in=sequences).order_by("topic", "sequence"))
    for topic, rows in groupby(found, key=lambda each: each.topic):
        yield topic, list(rows)


def _rows(rows: Sequence[Outbox]) -> Any:
    return Outbox.objects.filter(sequence__in=[each.sequence for each in rows])
