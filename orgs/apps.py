"""The room of people and places."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    name = "orgs"
