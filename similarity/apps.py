"""The room of duplicates."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import registry
from jobs import handlers


class SimilarityConfig(AppConfig):
    name = "similarity"

    def ready(self) -> None:
        registry.react("preview.built", import_string("similarity.services.note_preview"))
        registry.react("version.created", import_string("similarity.services.note_version"))
        handlers.register("fingerprint", import_string("similarity.services.look"))
        handlers.register("find-duplicates", import_string("similarity.services.backfill"))
