"""How much the outbox and the schedule are behind; over all tenants, without ids."""

from __future__ import annotations

from django.db import connection

from dam.core.delivery.schedule import tasks
from dam.core.observing.gauges import Reading


def load() -> list[Reading]:
    """Return the depth and age of the outbox, what was set aside, and how long ago each task last succeeded.

    Locks and transaction: outside any scope; three small reads.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT messages, oldest_s FROM outbox_load()")
        messages, oldest_s = cursor.fetchone()
        cursor.execute("SELECT topic, messages FROM outbox_set_aside()")
        stuck: dict[str, int] = dict(cursor.fetchall())
        cursor.execute(
            "SELECT name, extract(epoch FROM now() - coalesce(finished_at, due_at))::float8 FROM core_schedule"
        )
        ages: dict[str, float] = dict(cursor.fetchall())
    known = {each.name: each.seconds for each in tasks()}
    return [
        Reading("dam_outbox_messages", "Messages that wait to be delivered", messages),
        Reading("dam_outbox_oldest_seconds", "Age of the oldest message that waits", max(oldest_s, 0)),
        *(
            Reading(
                "dam_outbox_set_aside",
                "Messages that could not be delivered",
                stuck.get(each, 0),
                {"topic": each},
            )
            for each in sorted({"job", *stuck})
        ),
        *(
            Reading(
                "dam_schedule_overdue_seconds",
                "Time since a task's last success, beyond its period",
                max(age - known[name], 0),
                {"task": name},
            )
            for name, age in sorted(ages.items())
            if name in known
        ),
    ]
