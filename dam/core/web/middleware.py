"""The outermost middleware: request id, client address, host, log context and metrics; the door to accounts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase
from redis import RedisError

from dam.core.errors import DomainError, Invalid, NotJson, TooLarge, TooManyRequests, Unavailable, plain
from dam.core.observing import access_log, tracing
from dam.core.web import limits
from dam.core.web.parsing import content_fault, read_object
from dam.core.web.reception import receive

logger = logging.getLogger(__name__)
OPEN_TO_ANY_HOST = frozenset({"/healthz", "/readyz", "/metrics"})
ACCOUNTS = "/_allauth/"
#: The longest that a limit of allauth's own lasts which it answers with 429, in seconds (settings.py).
ALLAUTH_WAIT_S = 60


def _is_foreign(request: HttpRequest) -> bool:
    """Tell whether the request was meant for another host; whoever probes or measures may use any address."""
    try:
        request.get_host()
    except DisallowedHost:
        return request.path not in OPEN_TO_ANY_HOST
    return False


class RequestContext:
    """Accept or make the request id, answer it, and count the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Wrap whatever serves the request."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request inside its own log context."""
        identity = receive(request.META)
        started = time.perf_counter()
        above = tracing.follow(request.META.get("HTTP_TRACEPARENT", ""))
        with tracing.span("request", kind="server", parent=above):
            refusal = plain(Invalid("This host is not served here.")) if _is_foreign(request) else None
            response = self.get_response(request) if refusal is None else refusal
            response["X-Request-ID"] = identity
            access_log.tell(request, response, elapsed_s=time.perf_counter() - started)
        return response


class AccountDoor:
    """Hold allauth's endpoints to the manners of the API: rates, strict bodies, 429 as a problem document."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Wrap whatever serves the request."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Check a write to `/_allauth/` before allauth reads it; let everything else through."""
        if not request.path.startswith(ACCOUNTS):
            return self.get_response(request)
        try:
            if request.method in limits.UNSAFE:
                _check_account_write(request)
        except DomainError as error:
            return plain(error)
        response = self.get_response(request)
        if response.status_code == 429 and not response.has_header("Retry-After"):
            return plain(TooManyRequests(ALLAUTH_WAIT_S))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Answer 503 where allauth could not count; everything else goes its usual way."""
        is_away = isinstance(exception, RedisError) and request.path.startswith(ACCOUNTS)
        return plain(Unavailable()) if is_away else None


def _check_account_write(request: HttpRequest) -> None:
    address = limits.address_key(str(request.META["REMOTE_ADDR"]))
    limits.spend("account", {f"account:{address}": limits.ACCOUNT_REQUESTS})
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge
    if request.body:
        if content_fault(request.content_type or "", request.META):
            raise NotJson
        read_object(request.body)
