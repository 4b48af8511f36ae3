"""What allauth asks of the platform: is sign-up open, and what follows a verified address."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest

from orgs.services import accept_invitations


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Close sign-up where the operator says so."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell whether strangers may make accounts."""
        return str(settings.SIGNUP) == "open"

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Verify the address and hand out the grants that waited for it."""
        is_confirmed = bool(super().confirm_email(request, email_address))
        if is_confirmed:
            accept_invitations(email_address.user)
        return is_confirmed
