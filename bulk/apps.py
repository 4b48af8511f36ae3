"""The room of work over many assets at once."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from jobs import handlers


class BulkConfig(AppConfig):
    name = "bulk"

    def ready(self) -> None:
        on_failed = import_string("bulk.services.tell_in_the_end")
        handlers.register("bulk", import_string("bulk.services.perform"), on_failed=on_failed)
        handlers.register("bulk-undo", import_string("bulk.services.perform_undo"), on_failed=on_failed)
