"""The room of previews."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string

from dam.core import reads, registry
from dam.core.delivery import schedule
from jobs import handlers

#: nginx writes a second late at most; a bill may wait for ten.
COUNT_EVERY_S = 10
SWEEP_EVERY_S = 60


class PreviewsConfig(AppConfig):
    name = "previews"

    def ready(self) -> None:
        registry.extend("asset", "thumbnail", import_string("previews.queries.thumbnails"))
        registry.extend("asset", "storyboard", import_string("previews.queries.storyboards"))
        reads.add("asset", "thumbnail", import_string("previews.queries.ROW_PICTURES"))
        handlers.register(
            "preview",
            import_string("previews.services.build_and_learn"),
            on_failed=import_string("previews.services.fail_build"),
        )
        handlers.register("warm", import_string("previews.services.warm"))
        handlers.register("preview-part", import_string("previews.services.build_part"))
        schedule.every("previews.sweep_parts", 3600, import_string("previews.services.sweep_parts"))
        if settings.EDGE_EGRESS_LOGS:
            schedule.every(
                "previews.count_egress", COUNT_EVERY_S, import_string("previews.services.count_egress")
            )
        handlers.register(
            "watermark",
            import_string("previews.services.build_copy"),
            on_failed=import_string("previews.services.fail_copy"),
        )
        schedule.every("previews.conformance", 5.0, import_string("previews.services.prepare_conformance"))
        schedule.every("previews.sweep_copies", 3600, import_string("previews.services.sweep_copies"))
        handlers.register(
            "preview-extras",
            import_string("previews.services.build_extras"),
            on_failed=import_string("previews.services.fail_extras"),
        )
        handlers.register("preview-check", import_string("previews.services.check"))
        schedule.every("previews.measure", SWEEP_EVERY_S, import_string("previews.services.measure_previews"))
        schedule.every("previews.sweep", SWEEP_EVERY_S, import_string("previews.services.sweep"))
