"""Messages to workers: the outbox's topic `job` becomes Celery messages on the jobs' queues, as many as can help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from celery import current_app

from dam.core.delivery import outbox
from dam.core.tenancy import current_organization
from jobs import queries
from jobs.services.queueing import WAKE_TOPIC

TASK = "jobs.run"
#: So many messages that nobody has taken yet are enough for a queue: who takes one goes on while there is work.
ENOUGH = 32
#: After so long it is seen whether those who were woken do it all; where they do not, twice as many more are woken.
LOOK_AGAIN_S = 0.05


@dataclass
class Wanted:
    """What wake-ups of one queue ask for together: `workers` at most, `step` of them now; `job` is the one to thank."""

    job: str
    workers: int = 0
    step: int = 1


def send_wakeups(payloads: Sequence[dict[str, Any]]) -> None:
    """Wake workers where work is left: one at first, and more, twice as many each time, while that is not enough.

    What a wake-up asks for may be done already, by a worker who was awake. Whoever is woken goes on while there is
    work, so for jobs that are quick one is enough; those that are not have as many workers as jobs after a few
    looks (decision 0150).

    Locks and transaction: inside a scope, in the transaction that takes the wake-ups from the outbox; what is still
    asked for stays in the outbox.

    Raises:
        kombu.exceptions.OperationalError: the broker cannot be reached.
    """
    for queue, wanted in _by_queue(payloads).items():
        # The jobs are committed: what is not left is in somebody's hands.
        left = min(wanted.workers, queries.left_in(queue, most=min(wanted.workers, ENOUGH)))
        if left:
            _send(queue, wanted, left=left)


def _by_queue(payloads: Sequence[dict[str, Any]]) -> dict[str, Wanted]:
    queues: dict[str, Wanted] = {}
    for each in payloads:
        wanted = queues.setdefault(each["queue"], Wanted(each["job"]))
        wanted.workers += each.get("workers", 1)
        wanted.step = max(wanted.step, each.get("step", 1))
    return queues


def _send(queue: str, wanted: Wanted, *, left: int) -> None:
    with current_app.producer_or_acquire() as producer:
        now = min(wanted.step, left, max(0, ENOUGH - _waiting(producer.channel, queue)))
        for _ in range(now):
            current_app.send_task(
                TASK,
                args=[wanted.job, str(current_organization()), queue],
                queue=queue,
                producer=producer,
                retry=False,
            )
    # None sent: so many wait already that whoever is idle takes one of those.
    if 0 < now < left:
        later = {"job": wanted.job, "queue": queue, "workers": left - now, "step": 2 * now}
        outbox.publish(WAKE_TOPIC, later, delay_s=LOOK_AGAIN_S)
        outbox.look_again(LOOK_AGAIN_S)


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
