"""A Celery worker that tells when it consumes: `python -m dam.stack.worker` (started by the stack)."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from celery import signals

from dam.celery import app


def main() -> None:
    arguments = _arguments()
    ready_file: Path = arguments.ready_file

    def report_ready(**_: Any) -> None:
        ready_file.write_text(f"{os.getpid()}\n", encoding="utf-8")

    def report_stopping(**_: Any) -> None:
        ready_file.unlink(missing_ok=True)

    signals.worker_ready.connect(report_ready, weak=False)
    signals.worker_shutting_down.connect(report_stopping, weak=False)
    # Not through Celery's command line: that imports an interactive shell. Workers need not know of each
    # other either: the job rows tell who does what.
    worker = app.Worker(
        hostname=f"{arguments.name}@{os.getpid()}",
        pool_cls="threads",
        concurrency=arguments.threads,
        queues=[arguments.queue],
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run one worker of the stack.")
    parser.add_argument("--queue", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
