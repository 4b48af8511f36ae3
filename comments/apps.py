"""The room of comments."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import registry


class CommentsConfig(AppConfig):
    name = "comments"

    def ready(self) -> None:
        """Answer for comments below this room, once the models are loaded."""
        registry.extend("asset", "comment_count", import_string("comments.queries.comment_counts"))
