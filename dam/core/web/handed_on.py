"""What a read met at the hot door and the framework answers: told once more, and not done twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

from dam.core.observing import log

_KEY = "dam.handed_on"


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, and what the log knew of the request by then."""

    error: Exception
    fields: Mapping[str, Any]


def note(environ: dict[str, Any], error: Exception) -> None:
    """Leave what a request met to whoever answers it next."""
    environ[_KEY] = Failure(error, log.fields())


def tell(request: Request) -> None:
    """Raise what this very request met at the hot door, so that the framework answers it.

    Raises:
        Exception: whatever it was.
    """
    failure: Failure | None = request.META.get(_KEY)
    if failure is not None:
        log.bind(**{name: each for name, each in failure.fields.items() if name != "request_id"})
        # Caches are told that the answer depends on the cookie, which was read at the hot door.
        request.session.accessed |= "HTTP_AUTHORIZATION" not in request.META
        raise failure.error
