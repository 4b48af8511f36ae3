"""The outermost middleware: request id, client address, log context and request metrics."""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from dam.core import log, metrics
from dam.core.db import new_id

logger = logging.getLogger(__name__)
_SAFE_ID = re.compile(r"[\w.:-]{1,128}")


def client_address(request: HttpRequest) -> str:
    """Return the client's address; a proxy on loopback names it in `X-Real-IP`, which it always overwrites."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    named = request.META.get("HTTP_X_REAL_IP", "")
    try:
        if named and ipaddress.ip_address(peer).is_loopback:
            return str(ipaddress.ip_address(named))
    except ValueError:
        return peer
    return peer


class RequestContext:
    """Accept or make the request id, answer it, and count the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Wrap whatever serves the request."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request inside its own log context."""
        given = request.headers.get("X-Request-ID", "")
        identity = given if _SAFE_ID.fullmatch(given) else str(new_id())
        log.clear()
        log.bind(request_id=identity)
        request.META["PEER_ADDR"] = request.META.get("REMOTE_ADDR", "")
        request.META["REMOTE_ADDR"] = client_address(request)
        started = time.perf_counter()
        response = self.get_response(request)
        elapsed_s = time.perf_counter() - started
        response["X-Request-ID"] = identity
        metrics.observe_request(request, response.status_code, elapsed_s)
        return response
