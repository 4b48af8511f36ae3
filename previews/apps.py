"""The room `previews`."""

from django.apps import AppConfig


class PreviewsConfig(AppConfig):
    name = "previews"
