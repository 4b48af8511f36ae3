"""The room of export, import and mirror."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from jobs import handlers


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        handlers.register("import", import_string("exchange.services.run_import"))
