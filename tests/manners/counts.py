"""Counts of one's own: tests of limits share a Redis and an address with every other test."""

import secrets

import pytest
from django.conf import settings

from dam.core.web import limits


def fresh_counts(monkeypatch: pytest.MonkeyPatch, *, scale: int) -> None:
    """Begin all counts anew, for this test alone."""
    monkeypatch.setattr(settings, "RATE_LIMIT_SCALE", scale)
    monkeypatch.setattr(settings, "PLATFORM_KEY", secrets.token_hex(8))
    monkeypatch.setattr(limits, "_LOCAL", limits._Local())
