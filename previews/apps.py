"""The room of previews."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import reads, registry
from jobs import handlers


class PreviewsConfig(AppConfig):
    name = "previews"

    def ready(self) -> None:
        registry.extend("asset", "thumbnail", import_string("previews.queries.thumbnails"))
        registry.extend("asset", "storyboard", import_string("previews.queries.storyboards"))
        reads.add("asset", "thumbnail", import_string("previews.queries.ROW_PICTURES"))
        handlers.register(
            "preview",
            import_string("previews.services.build_previews"),
            on_failed=import_string("previews.services.fail_build"),
        )
