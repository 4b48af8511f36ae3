"""What allauth asks of the platform: sign-up, wrong passwords, verified addresses, second factors."""

from __future__ import annotations

import secrets
from typing import Any

import orjson
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from dam.core import sealing
from dam.core.errors import TooManyRequests, plain
from dam.core.web import limits
from orgs.services import accept_invitations, may_sign_up


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Close sign-up where the operator says so; count wrong passwords by account and address."""

    _guess = limits.Guess()

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell whether whoever asks may make an account: where strangers may not, the invited may."""
        if str(settings.SIGNUP) == "open":
            return True
        word = _told(request, "invitation")
        return word != "" and may_sign_up(_told(request, "email"), word=word)

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

    def clean_password(self, password: str, user: Any = None) -> str:
        """Check a new password; at sign-up, where nobody is at hand yet, against the address that signs up."""
        if user is None:
            user = get_user_model()(email=_told(context.request, "email"))
        checked: str = super().clean_password(password, user=user)
        return checked

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner; take as long as it takes to make an account, so that nobody else learns of it."""
        make_password(secrets.token_hex(8))
        super().send_account_already_exists_mail(email)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Keep second factors encrypted: who reads the table cannot make codes."""

    def encrypt(self, text: str) -> str:
        """Return what is stored."""
        return sealing.box("dam.mfa").encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was stored."""
        return sealing.box("dam.mfa").decrypt(encrypted_text.encode()).decode()


def _told(request: HttpRequest, name: str) -> str:
    """Return a text of the request's body; empty where there is none."""
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError:
        return ""
    told = body.get(name) if isinstance(body, dict) else None
    return told if isinstance(told, str) else ""
