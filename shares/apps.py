"""The room of links."""

from django.apps import AppConfig
from django.utils.module_loading import import_string

from dam.core import recorded, registry


class SharesConfig(AppConfig):
    name = "shares"

    def ready(self) -> None:
        """Answer for shares below this room, once the models are loaded."""
        registry.extend("asset", "shares", import_string("shares.queries.shares_of_assets"))
        registry.topic("s", import_string("shares.queries.share_topic"))
        registry.guests_see(import_string("shares.queries.places_shown"))
        registry.guests_hold(
            import_string("shares.queries.holding_of"), holders=import_string("shares.queries.shares_holding")
        )
        recorded.declare(
            recorded.Recorded("shares_share", "share", "share.created", {"revoked_at": "share.revoked"})
        )
        registry.guests_enter(import_string("shares.authentication.guest_actor"))
        registry.guests_enter(import_string("shares.authentication.guest_actor"))
