"""What comments and approvals may refuse."""

from __future__ import annotations

from dam.core.errors import Forbidden


class NameRequired(Forbidden):
    code, title = "name-required", "Say your name before you comment or decide."


class NotYours(Forbidden):
    code, title = "not-yours", "Only its author may change a comment."
