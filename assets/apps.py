"""The room of the catalogue."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import registry


class AssetsConfig(AppConfig):
    name = "assets"

    def ready(self) -> None:
        registry.topic("versions", import_string("assets.queries.version_topic"))
