"""The room of work over many assets at once."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from jobs import handlers


class BulkConfig(AppConfig):
    name = "bulk"

    def ready(self) -> None:
        handlers.register("bulk", import_string("bulk.services.perform"))
        handlers.register("bulk-undo", import_string("bulk.services.perform_undo"))
