"""What stands against deleting."""

from __future__ import annotations

from dam.core.errors import Conflict


class Held(Conflict):
    code, title = "held", "A legal hold keeps this."


class HoldRefused(Conflict):
    code, title = "hold-refused", "The file storage does not keep this hold."


class NotInTrash(Conflict):
    code, title = "not-in-trash", "Only what lies in the trash can be purged."
