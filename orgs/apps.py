"""The room of people and places."""

from django.apps import AppConfig

from dam.core import recorded


class OrgsConfig(AppConfig):
    name = "orgs"

    def ready(self) -> None:
        """Say what the record must hold of this room's rows."""
        recorded.declare(
            recorded.Recorded("orgs_client", "client", "client.created"),
            recorded.Recorded("orgs_project", "project", "project.created"),
        )
