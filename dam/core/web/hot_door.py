"""The hot door: the reads that are asked most, served by their own view without the framework around it.

Django's handler, its middleware and the REST framework's dispatch cost a request more than its page costs the
database (decision 0071). A GET that needs nothing of them (a token or the portal's session, JSON, a view that
declares `is_hot`) is served here: `Endpoint.serve` judges and answers with the very code of the ordinary way, and
what middleware adds is added. Everything else goes on to Django. So does a read that fails: it is told there, by
`handed_on.tell`, and not done twice.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.signals import request_finished, request_started
from django.http import HttpHeaders, HttpRequest, HttpResponse, QueryDict, parse_cookie
from django.middleware.security import SecurityMiddleware
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.module_loading import import_string
from rest_framework.response import Response

from dam.core import ahead
from dam.core.errors import DomainError
from dam.core.guard import guard
from dam.core.observing import access_log, log, tracing
from dam.core.web import handed_on
from dam.core.web.reception import receive
from dam.core.web.rendering import JsonRenderer
from dam.core.web.sessions import SessionStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

    from dam.core.access import Actor
    from dam.core.web.api import Endpoint

Environ = dict[str, Any]
Answer = tuple[bytes, dict[str, str]]
Known = Callable[[Mapping[str, Any], SessionStore | None], "Actor | None"]
_TOKEN = "Bearer dam_"  # noqa: S105  what a token begins with
_JSON = frozenset({"*/*", "application/json"})
_ID_LENGTH = 36
#: Longer queries are none of a list's; the framework's own bound on parameters is never met below it.
_MOST_QUERY = 900
#: A query with one cursor somewhere in it; a cursor needs no quoting.
_CURSOR = re.compile(r"((?:(?!cursor=)[^&]+&)*)cursor=([\w-]+)((?:&(?!cursor=)[^&]+)*)", re.ASCII)
_OF_ONE_REQUEST = frozenset({"request_id", "trace_id", "traceparent", "span_id"})
_OK = f"{HTTPStatus.OK.value} {HTTPStatus.OK.phrase}"


class NotHere(Exception):
    """The hot door does not know who asks; the ordinary way finds out."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a request leads: a hot view, its route as the access log tells it, and the ids of its path."""

    view: type[Endpoint]
    route: str
    names: tuple[str, ...] = ()


class Asked:
    """What a view sees of a request: of the framework's own, the part that reads use."""

    method = "GET"

    def __init__(self, meta: Environ, query: QueryDict) -> None:
        """Take what the server says of the request, its client's address put right."""
        self.META = meta
        self.path: str = meta["PATH_INFO"]
        self.query_params = query
        self.data: dict[str, Any] = {}
        self.user: Actor | None = None

    @property
    def headers(self) -> HttpHeaders:
        """The request's headers."""
        return HttpHeaders(self.META)


def serve(environ: Environ, start_response: StartResponse) -> list[bytes] | None:
    """Answer a request that needs nothing of the framework; None where Django must."""
    found = _way(environ)
    if found is None or tracing.is_on():
        return None
    way, ids = found
    meta = environ.copy()
    identity = receive(meta)
    started = time.perf_counter()
    tracing.follow(meta.get("HTTP_TRACEPARENT", ""))
    answer = _by_rote(way, meta) or _ahead(way, meta, ids, identity) or _judged(way, meta, ids, environ)
    if answer is None:
        return None
    body, headers = answer
    headers["X-Request-ID"] = identity
    told = access_log.Told("GET", way.route, HTTPStatus.OK.value, len(body))
    access_log.tell_of(told, elapsed_s=time.perf_counter() - started)
    start_response(_OK, list(headers.items()))
    return [body]


def _by_rote(way: Way, meta: Environ) -> Answer | None:
    """Answer what was asked before but for its cursor; None for everything else, errors included."""
    text = _text_of(way, meta)
    if text is None:
        return None
    found = None
    with guard("request.failed", expected=(ahead.Unforeseen, DomainError)):
        found = ahead.by_rote(*text)
    if found is None:
        return None
    body, (headers, fields) = found
    log.bind(**fields)
    return body, headers | {"Content-Length": str(len(body))}


def _text_of(way: Way, meta: Environ) -> tuple[tuple[str, str, bytes], str | None] | None:
    """Return all of a request that decides its answer, and the cursor apart from it; None for what is not learnt."""
    if not way.view.asks_ahead or "HTTP_AUTHORIZATION" not in meta:
        return None
    query, cursor = meta["QUERY_STRING"], None
    if "cursor=" in query:
        found = _CURSOR.fullmatch(query)
        if found is None:
            return None
        query, cursor = found[1] + found[3], found[2]
    # Nobody's token is kept.
    who = hashlib.sha256(meta["HTTP_AUTHORIZATION"].encode()).digest()
    return (meta["PATH_INFO"], query, who), cursor


def _ahead(way: Way, meta: Environ, ids: tuple[str, ...], identity: str) -> Answer | None:
    """Answer in one round trip to the database what can be; None for everything else, errors included."""
    if not way.view.asks_ahead or "HTTP_AUTHORIZATION" not in meta:
        return None
    answer: Answer | None = None
    with guard("request.failed", expected=(Exception,)), ahead.asking() as asked:
        found = _answer(way, meta, ids)
        answer = found if asked.is_verified else None
        _learn(way, meta, asked, headers=found[1])
    if answer is None:
        # What a guess has told of the request may be wrong.
        log.clear()
        log.bind(request_id=identity)
        tracing.follow(meta.get("HTTP_TRACEPARENT", ""))
    return answer


def _learn(way: Way, meta: Environ, asked: ahead.Ahead, *, headers: Mapping[str, str]) -> None:
    """Keep how a request was answered that asked ahead, for the next one of the same text."""
    text = _text_of(way, meta)
    if text is not None:
        told = {name: each for name, each in log.fields().items() if name not in _OF_ONE_REQUEST}
        ahead.remember(text[0], asked, beside=(dict(headers), told))


def _judged(way: Way, meta: Environ, ids: tuple[str, ...], environ: Environ) -> Answer | None:
    """Answer on the thread's own connection; None where the request fails, which the framework then tells."""
    answer: Answer | None = None
    request_started.send(sender=Asked, environ=environ)
    try:
        with guard("request.failed", expected=(Exception,)) as outcome:
            answer = _answer(way, meta, ids)
    finally:
        request_finished.send(sender=Asked)
    if outcome.error is not None and not isinstance(outcome.error, NotHere):
        handed_on.note(environ, outcome.error)
    return answer


def _answer(way: Way, meta: Environ, ids: tuple[str, ...]) -> Answer:
    session = None if "HTTP_AUTHORIZATION" in meta else _session(meta)
    asked = Asked(meta, QueryDict(meta["QUERY_STRING"]))
    response: Any = way.view().serve(
        asked, lambda: _known(meta, session), **dict(zip(way.names, ids, strict=True))
    )
    headers = dict(response.items())
    if isinstance(response, Response):
        body, headers["Content-Type"] = JsonRenderer().render(response.data), JsonRenderer.media_type
    else:
        body = response.content
    if session is not None:
        headers["Vary"] = "Cookie"
    return body, headers | _manners(way.view)  # type: ignore[arg-type]  # a class can be hashed


def _known(meta: Environ, session: SessionStore | None) -> Actor:
    """Return who asks.

    Raises:
        NotHere: the credentials name nobody, or a session that has to be written.
    """
    actor = _authentication()(meta, session)
    if actor is None or (session is not None and session.modified):
        raise NotHere
    return actor


@cache
def _authentication() -> Known:
    """Return what tells who asks; which room knows that, settings say."""
    known: Known = import_string(settings.HOT_AUTHENTICATION)
    return known


def _session(meta: Environ) -> SessionStore:
    """Return the portal's session.

    Raises:
        NotHere: there is no such cookie.
    """
    key = parse_cookie(meta.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME)
    if not key:
        raise NotHere
    return SessionStore(key)


@cache
def _manners(view: type[Endpoint]) -> dict[str, str]:
    """Return the headers that every answer of a view gets on the ordinary way, from those who add them there."""
    made = view()
    made.setup(HttpRequest())  # which lets HEAD in with GET
    plain = HttpResponse(headers={"Allow": ", ".join(made.allowed_methods), "Cache-Control": "no-store"})
    del plain.headers["Content-Type"]
    SecurityMiddleware(lambda _: plain).process_response(HttpRequest(), plain)
    return dict(plain.items())


# --- which requests -----------------------------------------------------------------------------------


def _way(environ: Environ) -> tuple[Way, tuple[str, ...]] | None:
    """Return where a request leads that can be served here."""
    if environ["REQUEST_METHOD"] != "GET" or environ.get("HTTP_ACCEPT", "*/*") not in _JSON:
        return None
    path = environ.get("PATH_INFO", "")
    way, ids = _ways().get(path), ()
    if way is None:
        parts = path.split("/")
        ids = tuple(each for each in parts if len(each) == _ID_LENGTH)
        way = (
            _ways().get("/".join("*" if len(each) == _ID_LENGTH else each for each in parts)) if ids else None
        )
    if way is None or len(ids) != len(way.names):
        return None
    return (way, ids) if _is_plain(environ) else None


def _is_plain(environ: Environ) -> bool:
    """Tell whether nothing about the request asks for more than the common case of a read."""
    query, credentials = environ.get("QUERY_STRING", ""), environ.get("HTTP_AUTHORIZATION", _TOKEN)
    return (
        credentials.startswith(_TOKEN)
        and len(query) < _MOST_QUERY
        and query.isascii()
        and not environ.get("SCRIPT_NAME")
        and environ.get("wsgi.url_scheme") == "http"
        and _is_ours(environ.get("HTTP_HOST", ""))
    )


@lru_cache(maxsize=64)
def _is_ours(host: str) -> bool:
    """Tell whether this host is served here, as Django sees it."""
    request = HttpRequest()
    request.META["HTTP_HOST"] = host
    try:
        return bool(request.get_host())
    except (DisallowedHost, KeyError):
        return False


@cache
def _ways() -> Mapping[str, Way]:
    """Return the hot views by their paths, `*` for an id, from the routes that Django serves."""
    return {f"/{path}": way for path, way in _hot(get_resolver().url_patterns, "")}


def _hot(patterns: list[URLPattern | URLResolver], above: str) -> Iterator[tuple[str, Way]]:
    for each in patterns:
        route = above + str(each.pattern)
        view: Any = getattr(each.callback, "view_class", None) if isinstance(each, URLPattern) else None
        if isinstance(each, URLResolver):
            yield from _hot(each.url_patterns, route)
        elif view is not None and vars(view).get("is_hot"):
            names = tuple(each.pattern.converters)
            path = "/".join("*" if part.startswith("<") else part for part in route.split("/"))
            yield path, Way(view, route, names)
