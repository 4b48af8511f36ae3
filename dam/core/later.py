"""Modules that are imported when somebody uses them first: pure."""

from __future__ import annotations

import importlib
from typing import Any


class Later:
    """Stands for a module until something of it is wanted, so that processes which never want it do not carry it.

    Measured: numpy is 11 MB and 0.2 s of every process, and only those that hear sound or compare pictures use it.
    """

    def __init__(self, name: str) -> None:
        """Name the module, with its packages; that it is there is found out when it is used."""
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """Answer for the module, which is imported now where it has not been."""
        return getattr(importlib.import_module(self._name), attribute)
