"""What allauth asks of the platform: is sign-up open, and what follows a verified address."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Close sign-up where the operator says so."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell whether strangers may make accounts."""
        return str(settings.SIGNUP) == "open"
