"""Reports of errors to Sentry; imported only where `SENTRY_DSN` is set.

What is reported is what the log has at level error, with the ids of the request or job and the trace of the code.
No bodies, headers, cookies, local variables, or names of people leave; texts are scrubbed as in the log.
"""

from __future__ import annotations

import atexit
import logging
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger

from dam.core.observing import log

FLUSH_S = 1.0
_SECRET_KEYS = (
    "password",
    "token",
    "secret",
    "authorization",
    "cookie",
    "session",
    "signature",
    "dsn",
    "email",
)
_DROPPED = ("request", "user", "server_name", "breadcrumbs", "modules")


def start(process: str) -> None:
    """Report the errors of this process from now on."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.SENTRY_RELEASE,
        environment=settings.SENTRY_ENVIRONMENT,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        shutdown_timeout=FLUSH_S,
        before_send=_before_send,
    )
    sentry_sdk.set_tag("process", process)
    ignore_logger("sentry_sdk.errors")
    atexit.register(sentry_sdk.flush, FLUSH_S)


def _before_send(event: Any, hint: dict[str, Any]) -> Any:
    """Add the ids at hand, drop what may speak of people, and scrub the rest. Runs in the thread that failed."""
    for each in _DROPPED:
        event.pop(each, None)
    ids = {key: value for key, value in log.fields().items() if key.endswith("_id")}
    event["tags"] = dict(event.get("tags") or {}) | ids | {"process": log.process_name()}
    # The event's name groups better than its text, which for exceptions differs each time.
    return _scrubbed(event)


def _scrubbed(value: Any, key: str = "") -> Any:
    if isinstance(value, str):
        return log.REMOVED if _is_secret(key) else log.scrub(value)
    if isinstance(value, dict):
        return {name: _scrubbed(each, str(name)) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrubbed(each, key) for each in value]
    return value


def _is_secret(key: str) -> bool:
    return any(each in key.lower() for each in _SECRET_KEYS)
