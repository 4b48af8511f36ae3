"""The room of what happened, and of the sockets that tell it."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import registry
from dam.core.delivery import schedule

FORGET_EVERY_S = 6 * 3600.0


class ActivityConfig(AppConfig):
    name = "activity"

    def ready(self) -> None:
        registry.record_with(import_string("activity.services.record"))
        registry.topic("projects", import_string("activity.queries.project_topic"))
        registry.deliver("live", import_string("activity.services.number_events"))
        registry.deliver("live.publish", import_string("activity.services.publish_numbered"))
        schedule.every("activity.forget", FORGET_EVERY_S, import_string("activity.services.forget_old"))
