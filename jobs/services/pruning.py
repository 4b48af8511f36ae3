"""Forgetting: rows of jobs that ended long ago, and wake-ups that nobody could deliver."""

from __future__ import annotations

from django.db import connection

DAY_S = 24 * 3600
KEPT_S = 30 * DAY_S
FAILED_KEPT_S = 90 * DAY_S
WAKE_UP_KEPT_S = DAY_S
BATCH = 1000


def prune() -> int:
    """Drop what nobody asks for any more, of every organisation; returns how many rows went.

    Jobs that succeeded or were cancelled go 30 days after their end, failed ones, which can be retried by hand,
    after 90; what they did stays in the activity record. A wake-up that was not delivered for a day goes: the
    sweeper wakes whatever still waits. Live events are never dropped.

    Locks and transaction: outside any; a thousand rows at a time.
    """
    gone = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT jobs_forget(%s, %s, %s)", [KEPT_S, FAILED_KEPT_S, BATCH])
            batch = int(cursor.fetchone()[0])
            gone += batch
            if batch < BATCH:
                break
        cursor.execute("SELECT wakeups_forget(%s)", [WAKE_UP_KEPT_S])
        return gone + int(cursor.fetchone()[0])
