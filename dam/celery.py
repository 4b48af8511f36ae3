"""The Celery application: messages only wake a worker, the job row is the truth."""

import gc
import os
import socket
from typing import Any

from celery import Celery, signals
from django.conf import settings

from dam.core.observing import log, process

VISIBILITY_TIMEOUT_S = 3600

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dam.settings")
app = Celery("dam", broker=settings.CELERY_BROKER_URL)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    task_default_queue="short",
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    # By name: only workers need what it imports.
    worker_consumer="dam.consumer:Consumer",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A Redis without memory or disk, or that is no primary any more, answers and refuses: that passes, too.
    broker_channel_error_retry=True,
    # A message that nobody confirmed for an hour is sent again; whoever gets it finds the row claimed.
    broker_transport_options={
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        "global_keyprefix": f"dam.{settings.PLATFORM_KEY}.",
        "socket_keepalive": True,
        # Where Redis vanishes without a word, the kernel would wait for a quarter of an hour.
        "socket_keepalive_options": {
            socket.TCP_KEEPIDLE: 15,
            socket.TCP_KEEPINTVL: 5,
            socket.TCP_KEEPCNT: 3,
            socket.TCP_USER_TIMEOUT: 15_000,
        },
        "socket_connect_timeout": 5,
        # Nor would it notice a Redis that is stopped, or a proxy before it, which confirms and never answers.
        "socket_timeout": 3,
        "health_check_interval": 30,
    },
)
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_logging_as_it_is(**_: Any) -> None:
    """Celery asks who sets up logging; the settings have."""


@signals.celeryd_init.connect
def log_warnings(**_: Any) -> None:
    """Have what Celery warns of while it starts written as lines too."""
    log.log_crashes()


@signals.celeryd_after_setup.connect
def begin(instance: Any, **_: Any) -> None:
    """Name the process, and tell at each beat which queues it works on."""
    # What was imported stays: no collection needs to walk it in search of garbage.
    gc.collect()
    gc.freeze()
    queues = list(instance.app.amqp.queues.consume_from)
    process.begin("worker", parts=lambda: [f"worker-{each}" for each in queues])
