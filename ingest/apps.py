"""The room where files come in."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core.delivery import schedule
from dam.core.observing import gauges
from jobs import handlers

SWEEP_EVERY_S = 60
STRAYS_EVERY_S = 600
RELEASED_EVERY_S = 600
#: Each organisation has its lines written once a day, at the first turn of it.
LEDGER_EVERY_S = 3600


class IngestConfig(AppConfig):
    name = "ingest"

    def ready(self) -> None:
        gauges.register("uploads", import_string("ingest.queries.load"))
        handlers.register(
            "promote",
            import_string("ingest.services.promote"),
            on_failed=import_string("ingest.services.return_upload"),
        )
        handlers.register("purge", import_string("ingest.services.purge"))
        schedule.every(
            "ingest.sweep_released", RELEASED_EVERY_S, import_string("ingest.services.sweep_released")
        )
        schedule.every("ingest.keep_ledger", LEDGER_EVERY_S, import_string("ingest.services.keep_ledger"))
        schedule.every("ingest.sweep", SWEEP_EVERY_S, import_string("ingest.services.sweep"))
        schedule.every("ingest.sweep_strays", STRAYS_EVERY_S, import_string("ingest.services.sweep_strays"))
