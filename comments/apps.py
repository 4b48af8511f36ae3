"""The room `comments`."""

from django.apps import AppConfig


class CommentsConfig(AppConfig):
    name = "comments"
