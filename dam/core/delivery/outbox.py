"""Hand something on after commit: the row is written in the caller's transaction, the relay delivers it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models.functions import Now
from psycopg.types.json import Jsonb

from dam.core import reads, tenancy
from dam.core.models import Outbox

_INSERT = """
    INSERT INTO core_outbox (organization_id, topic, payload, available_at, created_at)
    VALUES (%(organization)s, %(topic)s, %(payload)s,
        statement_timestamp() + %(delay_s)s * interval '1 second', statement_timestamp())
    RETURNING sequence
"""

#: Nothing here or among the jobs is put off for as long: what is due later was written before the clock was set back.
MOST_AHEAD_S = 60.0
#: When the relay of this process is to look again, of `time.monotonic`; empty where its sweep is soon enough.
_looks: list[float] = []


def look_again(in_s: float) -> None:
    """Have this process's relay look at the outbox after so many seconds, not only at its next sweep."""
    _looks.append(time.monotonic() + in_s)


def look() -> None:
    """Note that the relay looks now."""
    now = time.monotonic()
    _looks[:] = [each for each in _looks if each > now]


def next_look_s(*, longest_s: float) -> float:
    """Return after how many seconds, never 0, the relay of this process is to look again."""
    now = time.monotonic()
    return max(0.001, min([longest_s, *(each - now for each in _looks)]))


def publish(topic: str, payload: dict[str, Any], *, delay_s: float = 0) -> Outbox:
    """Queue a message in the open transaction; it goes out at least once, after commit, unless it is deleted before.

    Units: `delay_s` seconds before it may go out.
    """
    organization_id = tenancy.current_organization()
    values = {"organization": organization_id, "topic": topic, "payload": Jsonb(payload), "delay_s": delay_s}
    (sequence,) = reads.row(_INSERT, values)
    return Outbox(sequence=sequence, organization_id=organization_id, topic=topic, payload=payload)


def writing(topic: str, payload: str, *, source: str) -> str:
    """Return the statement that queues a message for each row of `source`, to go beside what makes those rows.

    Shapes: SQL expressions, `payload` of `source`'s columns, `organization_id` among them.
    """
    chosen = f"SELECT organization_id, {topic}, {payload}, statement_timestamp(), statement_timestamp() FROM {source}"  # noqa: S608  the caller's own words
    return f"INSERT INTO core_outbox (organization_id, topic, payload, available_at, created_at) {chosen}"


_INSERT_MANY = """
    INSERT INTO core_outbox (organization_id, topic, payload, available_at, created_at)
    SELECT %(organization)s, %(topic)s, message.payload, statement_timestamp(), statement_timestamp()
    FROM jsonb_array_elements(%(payloads)s::jsonb) WITH ORDINALITY AS message(payload, place)
    ORDER BY message.place
"""


def publish_many(topic: str, payloads: Sequence[dict[str, Any]]) -> None:
    """Queue messages in the open transaction, in one statement; they go out as those of `publish` do."""
    if payloads:
        with connection.cursor() as cursor:
            cursor.execute(
                _INSERT_MANY,
                {
                    "organization": tenancy.current_organization(),
                    "topic": topic,
                    "payloads": orjson.dumps(payloads).decode(),
                },
            )


def straighten() -> int:
    """Make messages due now that wait for a time which only a clock that ran ahead can have named; returns how many.

    Locks and transaction: outside any; of every organisation.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT outbox_straighten(%s)", [MOST_AHEAD_S])
        return int(cursor.fetchone()[0])


def set_aside() -> list[dict[str, Any]]:
    """Return the messages of every organisation that could not be delivered, with their reasons."""
    found: list[dict[str, Any]] = []
    for organization_id in _owners():
        with tenancy.scope(organization_id):
            rows = Outbox.objects.exclude(set_aside_at=None).order_by("sequence")
            names = ("organization_id", "sequence", "topic", "attempts", "reason", "set_aside_at")
            found += [dict(zip(names, each, strict=True)) for each in rows.values_list(*names)]
    return found


def retry_set_aside() -> int:
    """Give every message that was set aside its tries anew; returns how many there were."""
    given = 0
    for organization_id in _owners():
        with tenancy.scope(organization_id):
            rows = Outbox.objects.exclude(set_aside_at=None)
            given += rows.update(set_aside_at=None, attempts=0, reason="", available_at=Now())
    return given


def _owners() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT outbox_stuck()")
        return [row[0] for row in cursor.fetchall()]
