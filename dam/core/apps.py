"""The core as a Django app: it owns the outbox and the idempotency keys."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "dam.core"
    label = "core"
