"""The room of the catalogue."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import recorded, registry
from dam.core.delivery import schedule
from jobs import handlers

CATCH_UP_EVERY_S = 60.0
EMPTY_EVERY_S = 600.0
FOLD_EVERY_S = 30.0


class AssetsConfig(AppConfig):
    name = "assets"

    def ready(self) -> None:
        schedule.every("assets.catch_up", CATCH_UP_EVERY_S, import_string("assets.services.catch_up"))
        registry.extend("recorded", "name", import_string("assets.queries.names_seen"))
        registry.deliver("assets.words", import_string("assets.services.learn_words"))
        registry.topic("versions", import_string("assets.queries.version_topic"))
        schedule.every("assets.empty_trash", EMPTY_EVERY_S, import_string("assets.services.empty_trash"))
        schedule.every("assets.fold_tags", FOLD_EVERY_S, import_string("assets.services.fold_tags"))
        handlers.register("hold", import_string("assets.services.bring_in_line"))
        recorded.declare(
            recorded.Recorded("assets_asset", "asset", "asset.created", {"trashed_at": "asset.deleted"}),
            recorded.Recorded("assets_version", "version", "version.created"),
            # A frozen collection is part of its share, whose own line tells of it.
            recorded.Recorded(
                "assets_collection", "collection", "collection.created", except_for={"kind": "frozen"}
            ),
        )
