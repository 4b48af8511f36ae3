"""The room of comments."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import reads, recorded, registry


class CommentsConfig(AppConfig):
    name = "comments"

    def ready(self) -> None:
        """Answer for comments below this room, once the models are loaded."""
        registry.extend("asset", "comment_count", import_string("comments.queries.comment_counts"))
        registry.say("version", "comments", import_string("comments.queries.bodies_of"))
        reads.add("asset", "comment_count", import_string("comments.queries.COMMENT_COUNT"))
        registry.purge_with("comments", import_string("comments.services.purge_comments"))
        marks = {
            "deleted_at": "comment.deleted",
            "edited_at": "comment.updated",
            "resolved_at": "comment.updated",
        }
        recorded.declare(
            recorded.Recorded("comments_comment", "comment", "comment.created", marks),
            recorded.Recorded("comments_approval", "approval", "approval.given"),
        )
