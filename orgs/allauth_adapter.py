"""What allauth asks of the platform: is sign-up open, and what follows a verified address."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest

from dam.core import limits
from dam.core.errors import TooManyRequests, plain
from orgs.services import accept_invitations


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Close sign-up where the operator says so; count wrong passwords by account and address."""

    _guess = limits.Guess()

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell whether strangers may make accounts."""
        return str(settings.SIGNUP) == "open"

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Verify the address and hand out the grants that waited for it."""
        is_confirmed = bool(super().confirm_email(request, email_address))
        if is_confirmed:
            accept_invitations(email_address.user)
        return is_confirmed

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Admit the password before it is looked at, in place of allauth's own count by account alone."""
        email = str(credentials.get("email") or credentials.get("username") or "")
        try:
            self._guess = limits.login_guess(email, self.get_client_ip(request))
        except TooManyRequests as refusal:
            raise ImmediateHttpResponse(plain(refusal)) from None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the wrong password."""
        self._guess.wrong()

    def _rollback_login_failed_rl_usage(self) -> None:
        """Forget the right one; allauth calls this where it would take its own count back."""
        self._guess.right()

    def validation_error(self, code: str, *args: Any) -> Exception:
        """Return the error of that code; too many wrong second factors are 429, not one more wrong input."""
        if code == "too_many_login_attempts":
            raise ImmediateHttpResponse(plain(TooManyRequests(limits.QUARTER_S)))
        error: Exception = super().validation_error(code, *args)
        return error
