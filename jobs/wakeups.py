"""Messages to workers: the outbox's topic `job` becomes Celery messages on the jobs' queues, as many as can help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import current_app

from dam.core.tenancy import current_organization

TASK = "jobs.run"
#: So many messages that nobody has taken yet are enough for a queue: who takes one goes on while there is work.
ENOUGH = 32


def send_wakeups(payloads: Sequence[dict[str, Any]]) -> None:
    """Wake a worker for each job named, or as many as leave `ENOUGH` waiting.

    Raises:
        kombu.exceptions.OperationalError: the broker cannot be reached.
    """
    organization_id = str(current_organization())
    queues: dict[str, list[str]] = {}
    for each in payloads:
        queues.setdefault(each["queue"], []).append(each["job"])
    with current_app.producer_or_acquire() as producer:
        for queue, wanted in queues.items():
            # The jobs are committed: whoever takes a message that waits now finds them.
            for job_id in wanted[: max(0, ENOUGH - _waiting(producer.channel, queue))]:
                current_app.send_task(
                    TASK,
                    args=[job_id, organization_id, queue],
                    queue=queue,
                    producer=producer,
                    retry=False,
                )


def _waiting(channel: Any, queue: str) -> int:
    """Return how many messages nobody has taken; `channel` is kombu's of Redis, whose types know no client."""
    return int(channel.client.llen(queue))


def has_waiting(queue: str) -> bool:
    """Tell whether messages wait on the queue, so that its workers are busy and need no waking.

    Raises:
        kombu.exceptions.OperationalError, redis.RedisError: the broker cannot be reached.
    """
    with current_app.connection_for_read() as connection:
        return bool(_waiting(connection.default_channel, queue))
