"""The room of background work."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import registry
from dam.core.delivery import schedule
from dam.core.observing import gauges
from jobs import handlers

SWEEP_EVERY_S = 2
PRUNE_EVERY_S = 3600


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        gauges.register("jobs", import_string("jobs.queries.load"))
        registry.deliver("job", import_string("jobs.services.send_wakeups"))
        registry.deliver("orgs.letter", import_string("jobs.services.queue_letters"))
        handlers.register("letter", import_string("jobs.services.send_letter"))
        schedule.every("jobs.sweep", SWEEP_EVERY_S, import_string("jobs.services.sweep"), is_urgent=True)
        schedule.every("jobs.prune", PRUNE_EVERY_S, import_string("jobs.services.prune"))
