"""The room of export, import and mirror."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from bulk import actions
from dam.core.delivery import schedule
from jobs import handlers

MIRRORS_EVERY_S = 5
EXPORTS_EVERY_S = 3600


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        handlers.register(
            "import",
            import_string("exchange.services.run_import"),
            on_failed=import_string("exchange.services.tell_of_ended_import"),
        )
        handlers.register("mirror", import_string("exchange.services.run_mirror"))
        actions.register(
            "export",
            check=import_string("exchange.services.check_export"),
            perform=import_string("exchange.services.perform_export"),
        )
        schedule.every(
            "exchange.sweep_exports", EXPORTS_EVERY_S, import_string("exchange.services.sweep_exports")
        )
        schedule.every("exchange.mirrors", MIRRORS_EVERY_S, import_string("exchange.services.sweep_mirrors"))
