"""A real Celery worker that also knows the tests' own kinds of work: `python -m tests.jobs.worker`."""

import sys

import django

django.setup()

from dam.celery import app  # noqa: E402  Django must know its settings first
from tests.jobs.kinds import register_all  # noqa: E402  as above

register_all()
app.worker_main(
    [
        *("worker", "--pool", "threads", "--concurrency", "2", "--queues", sys.argv[1]),
        *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
    ]
)
