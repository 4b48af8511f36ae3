"""What a share may refuse."""

from __future__ import annotations

from dam.core.errors import Conflict, Forbidden, NotAuthenticated


class PasswordRequired(NotAuthenticated):
    code, title = "password-required", "This link is locked by a password."


class WrongPassword(Forbidden):
    code, title = "wrong-password", "This is not the link's password."


class ShareRevoked(Conflict):
    code, title = "share-revoked", "The share is revoked; make a new one."
