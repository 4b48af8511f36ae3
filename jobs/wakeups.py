"""Messages to workers: the outbox's topic `job` becomes one Celery message a job, on the job's queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import current_app

from dam.core.tenancy import current_organization

TASK = "jobs.run"


def send_wakeups(payloads: Sequence[dict[str, Any]]) -> None:
    """Wake a worker for each job named.

    Raises:
        kombu.exceptions.OperationalError: the broker cannot be reached.
    """
    organization_id = str(current_organization())
    with current_app.producer_or_acquire() as producer:
        for each in payloads:
            current_app.send_task(
                TASK,
                args=[each["job"], organization_id, each["queue"]],
                queue=each["queue"],
                producer=producer,
                retry=False,
            )


def has_waiting(queue: str) -> bool:
    """Tell whether messages wait on the queue, so that its workers are busy and need no waking.

    Raises:
        kombu.exceptions.OperationalError, redis.RedisError: the broker cannot be reached.
    """
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel  # kombu's Redis channel; its types know no client
        return bool(channel.client.llen(queue))
