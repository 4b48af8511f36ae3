"""A Celery worker that tells as long as it consumes: `python -m dam.stack.servers.worker` (started by the stack)."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, ClassVar

import redis
from celery import bootsteps, signals
from django.conf import settings

from dam.celery import app
from dam.stack.servers.beat import BEAT_S, Beat
from previews.media.hardware import choice

BROKER_TIMEOUT_S = 2.0


class BeatStep(bootsteps.StartStopStep):
    """Ties the beat to the consumer's own loop; runs again after each lost connection, which clears all timers."""

    requires = ("celery.worker.consumer.tasks:Tasks",)
    beat: ClassVar[Beat]

    def start(self, parent: Any) -> None:
        self.beat.turn()
        parent.timer.call_repeatedly(BEAT_S, self.beat.turn)


def broker_answers() -> bool:
    """Tell whether the broker can be spoken to now, and takes what it is told."""
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=BROKER_TIMEOUT_S, socket_connect_timeout=BROKER_TIMEOUT_S
    )
    try:
        client.set(f"dam.ready.{settings.PLATFORM_KEY}", 1, px=int(1000 * BROKER_TIMEOUT_S))
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
    return True


def main() -> None:
    arguments = _arguments()
    beat = Beat(arguments.ready_file, broker_answers=broker_answers)
    BeatStep.beat = beat
    app.steps["consumer"].add(BeatStep)

    def report_stopping(**_: Any) -> None:
        beat.end()

    signals.worker_shutting_down.connect(report_stopping, weak=False)
    beat.start()
    if choice.wanted_here().is_hardware:
        choice.encoder_here()  # tried before the first job comes; settings that it refuses end the start, loudly
    # Not through Celery's command line: that imports an interactive shell. Workers need not know of each
    # other either: the job rows tell who does what.
    worker = app.Worker(
        hostname=f"{arguments.name}@{os.getpid()}",
        pool_cls="threads",
        concurrency=arguments.threads,
        queues=arguments.queue.split(","),
        loglevel="INFO",
        quiet=True,  # its banner is no log line
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run one worker of the stack.")
    parser.add_argument("--queue", required=True, help="one, or several with commas between")
    parser.add_argument("--name", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
