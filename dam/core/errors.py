"""Domain errors and the one handler that renders all of them as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from dam.core.observing.log import request_id
from dam.core.outages import is_database_away

logger = logging.getLogger(__name__)

Fields = Mapping[str, Sequence[str]]
CANNOT_BE_SEEN = "There is no such object, or you cannot see it."


class DomainError(Exception):
    """A broken rule: machine code, HTTP status, a sentence for a person, and the fields at fault."""

    code = "error"
    status = 400
    title = "The request could not be carried out."

    def __init__(
        self, detail: str = "", *, fields: Fields | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})

    def problem(self) -> dict[str, Any]:
        """Return the problem document, without the request id."""
        return problem(self.code, self.title, self.status, self.detail, self.fields)


class Invalid(DomainError):
    """Input that breaks a rule; `fields` maps dotted paths to messages."""

    code, status, title = "invalid", 400, "Some of the input is not valid."


class NotAuthenticated(DomainError):
    code, status, title = "not-authenticated", 401, "Log in to do this."


class Forbidden(DomainError):
    code, status, title = "forbidden", 403, "Your role here does not allow this."


class NotFound(DomainError):
    code, status, title = "not-found", 404, "Not found."


class Conflict(DomainError):
    code, status, title = "conflict", 409, "This cannot be done in the present state."


class InUse(Conflict):
    code, title = "in-use", "Something still uses this."


class PreconditionFailed(DomainError):
    code, status, title = (
        "precondition-failed",
        412,
        "The object has changed since you read it; nothing was changed.",
    )


class TooLarge(DomainError):
    code, status, title = "too-large", 413, "The body is larger than 1 MB."


class NotJson(DomainError):
    code, status, title = "unsupported-media-type", 415, "Send application/json."


class KeyReused(DomainError):
    code, status, title = "idempotency-key-reused", 422, "This Idempotency-Key was used with another body."


class TooManyRequests(DomainError):
    code, status, title = "too-many-requests", 429, "Too many attempts; wait and try again."

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"Too many attempts; try again in {retry_after_s} seconds.",
            headers={"Retry-After": str(retry_after_s)},
        )


class Unavailable(DomainError):
    """Something that this needs is away; `Retry-After` says when to come back: the seconds that a restart takes."""

    code, status, title = "unavailable", 503, "This cannot be done for the moment; try again."

    def __init__(self) -> None:
        super().__init__("A service that this needs does not answer.", headers={"Retry-After": "5"})


def invalid(field: str, message: str) -> Invalid:
    """Return the error for one field."""
    return Invalid(message, fields={field: [message]})


def unseen(field: str) -> Invalid:
    """Return the error for an id in a body that does not exist or cannot be seen: the same words for both."""
    return invalid(field, CANNOT_BE_SEEN)


def problem(code: str, title: str, status: int, detail: str, fields: Fields | None = None) -> dict[str, Any]:
    """Return a problem document; `type` is a relative reference that ends in the short name."""
    document: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if fields:
        document["errors"] = {name: list(messages) for name, messages in fields.items()}
    return document


def flatten(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Turn a serializer's nested errors into dotted paths: `{"parts": {3: {"etag": […]}}}` → `parts.3.etag`."""
    if isinstance(detail, Mapping):
        items: list[tuple[str, Any]] = [(str(key), value) for key, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(each, (Mapping, list)) for each in detail):
        items = [(str(index), value) for index, value in enumerate(detail) if value]
    else:
        messages = [str(each) for each in detail] if isinstance(detail, list) else [str(detail)]
        return {prefix or "body": messages}
    found: dict[str, list[str]] = {}
    for key, value in items:
        name = prefix if key == "non_field_errors" else f"{prefix}.{key}".strip(".")
        found.update(flatten(value, name))
    return found


def _translate(error: Exception) -> DomainError | None:
    """Map the framework's own exceptions onto ours."""
    match error:
        case DomainError():
            return error
        case exceptions.ValidationError():
            return Invalid(fields=flatten(error.detail))
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return NotAuthenticated(str(error.detail))
        case exceptions.PermissionDenied():
            return Forbidden(str(error.detail))
        case exceptions.UnsupportedMediaType():
            return NotJson()
        case exceptions.ParseError():
            return Invalid(str(error.detail))
    return _outage(error)


def _outage(error: BaseException | None) -> Unavailable | None:
    """Return what to answer where the database serves nobody; None for everything else."""
    if not is_database_away(error):
        return None
    logger.warning("request.unavailable", extra={"error": str(error)})
    return Unavailable()


class _FrameworkError(DomainError):
    """Anything else that the framework answers by itself: 405, 406."""

    def __init__(self, error: exceptions.APIException) -> None:
        super().__init__(str(error.detail))
        self.status = error.status_code
        self.code = str(error.default_code).replace("_", "-")
        self.title = HTTPStatus(error.status_code).phrase.capitalize() + "."


def render(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception raised in a view; unknown ones stay 500 and are logged here."""
    known = _translate(error)
    if known is None and isinstance(error, exceptions.APIException):
        known = _FrameworkError(error)
    if known is None:
        logger.error("request.failed", exc_info=error)
        known = DomainError("The server failed on this request; the request id helps to find out why.")
        known.status, known.code, known.title = 500, "server-error", "Server error."
    document = known.problem() | {"request_id": request_id()}
    response = Response(document, status=known.status, content_type="application/problem+json")
    for name, value in known.headers.items():
        response[name] = value
    if known.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def plain(error: DomainError) -> JsonResponse:
    """Answer an error outside a REST view (middleware, unknown paths)."""
    return JsonResponse(
        error.problem() | {"request_id": request_id()},
        status=error.status,
        headers={"Cache-Control": "no-store"} | error.headers,
        content_type="application/problem+json",
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer what the framework finds suspicious."""
    return plain(Invalid("The request cannot be read."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer a path that nothing serves."""
    return plain(NotFound())


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer a failure outside any REST view; the framework calls this while it handles it."""
    if (unavailable := _outage(sys.exception())) is not None:
        return plain(unavailable)
    error = DomainError("The server failed on this request; the request id helps to find out why.")
    error.status, error.code, error.title = 500, "server-error", "Server error."
    return plain(error)


def csrf_failure(request: HttpRequest, reason: str = "") -> JsonResponse:
    """Answer a missing or foreign CSRF token."""
    return plain(Forbidden("The CSRF token is missing or does not belong to this session; reload the page."))
