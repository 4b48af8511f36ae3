"""The room `activity`."""

from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "activity"
