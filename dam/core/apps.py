"""The core as a Django app: it owns the outbox, the idempotency keys and the schedule."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core.delivery import schedule
from dam.core.observing import gauges

FORGET_EVERY_S = 3600
STRAIGHTEN_EVERY_S = 10


class CoreConfig(AppConfig):
    name = "dam.core"
    label = "core"

    def ready(self) -> None:
        """Schedule what the core itself has to do."""
        gauges.register("outbox", import_string("dam.core.observing.backlog.load"))
        schedule.every(
            "core.straighten", STRAIGHTEN_EVERY_S, import_string("dam.core.delivery.outbox.straighten")
        )
        schedule.every(
            "core.forget_keys", FORGET_EVERY_S, import_string("dam.core.web.idempotency.forget_old")
        )
