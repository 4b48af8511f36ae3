"""The WSGI door: `/api` and everything else that is not a socket."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import LimitedStream
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from dam.core.observing import process

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dam.settings")
_django = get_wsgi_application()
# Rests on models, which Django has loaded by now.
_hot_door: Callable[[dict[str, Any], StartResponse], list[bytes] | None] = import_string(
    "dam.core.web.hot_door.serve"
)

#: The front lets no longer body through; what came past it may lose its connection.
_MOST_LEFT = 2_000_000
_PIECE = 65_536


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Serve a request; an answer that is whole is handed over whole.

    The server sends a list in one piece, with its length, and asks an iterator for one chunk after the other, each
    time from another thread. What held the answer is closed before it is sent: nobody waits for a slow client.
    """
    length = environ.get("CONTENT_LENGTH", "")
    if length.isdecimal():
        # Some servers hand out the connection itself: reading past the body would wait for the next request.
        environ["wsgi.input"] = LimitedStream(environ["wsgi.input"], int(length))
    short = _hot_door(environ, start_response)
    if short is not None:
        _read_to_the_end(environ)
        return short
    answer: Any = _django(environ, start_response)
    _read_to_the_end(environ)
    if getattr(answer, "streaming", True):
        return answer  # type: ignore[no-any-return]  # Django's, which is iterable
    body = [answer.content]
    answer.close()
    return body


def _read_to_the_end(environ: dict[str, Any]) -> None:
    """Drop what nobody read of the body: a refusal comes before it, and a GET's is of no interest.

    The server closes, without a word, a connection on which a body was left; the front would take it for one
    that can be used again, and the next request on it, of anybody, would fail.
    """
    left = environ.get("CONTENT_LENGTH", "")
    if left.isdecimal() and 0 < int(left) <= _MOST_LEFT:
        while environ["wsgi.input"].read(_PIECE):
            pass


process.begin("api")
