"""The room of work over many assets at once."""

from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "bulk"
