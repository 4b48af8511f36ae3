"""The core as a Django app: it owns the outbox, the idempotency keys and the schedule."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import gauges, schedule

FORGET_EVERY_S = 3600


class CoreConfig(AppConfig):
    name = "dam.core"
    label = "core"

    def ready(self) -> None:
        """Schedule what the core itself has to do."""
        gauges.register("outbox", import_string("dam.core.backlog.load"))
        schedule.every("core.forget_keys", FORGET_EVERY_S, import_string("dam.core.idempotency.forget_old"))
