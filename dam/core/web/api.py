"""The base of every endpoint: authenticate, find the organisation, open its scope, parse strictly, answer.

A view declares as data what each method needs: `permissions`, `inputs`, `outputs`, `queries`, `statuses`. Its
handler parses, calls one query or service, and answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dam.core import failpoints, tenancy
from dam.core.access import ANONYMOUS, Actor, Permission, Target, may, require
from dam.core.errors import Forbidden, NotAuthenticated, NotFound, PreconditionFailed, invalid, unseen
from dam.core.observing import log
from dam.core.web import handed_on, idempotency, limits
from dam.core.web.pagination import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from dam.core.web.parsing import (
    AnyParser,
    Input,
    StrictJsonParser,
    as_uuid,
    query_values,
    read_query,
    value_at,
)

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ListQuery(Input):
    """The parameters that every list takes."""

    org = serializers.UUIDField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
    cursor = serializers.CharField(required=False)
    count = serializers.ChoiceField(choices=["capped", "exact"], required=False)


class NoQuery(Input):
    """An endpoint that takes no parameters; `org` is understood everywhere."""

    org = serializers.UUIDField(required=False)


class WriteQuery(NoQuery):
    """What a write takes: no more than hints at its organisation."""

    client = serializers.UUIDField(required=False)
    project = serializers.UUIDField(required=False)


class Endpoint(APIView):
    """Base view.

    `path_kind` names what the path's `id` is (`asset`, `version`, …) and so finds the organisation;
    `body_kinds` does the same for ids in bodies, `query_kinds` for query parameters, in their order.
    `needs_organization` is False where a request concerns no single one (`/api/me`).
    """

    parser_classes = [StrictJsonParser, AnyParser]
    permissions: ClassVar[Mapping[str, Permission]] = {}
    inputs: ClassVar[Mapping[str, type[Input]]] = {}
    outputs: ClassVar[Mapping[str, Any]] = {}
    queries: ClassVar[Mapping[str, type[Input]]] = {}
    statuses: ClassVar[Mapping[str, int]] = {}
    #: What a repetition answers, where another status than the first time.
    repeated: ClassVar[Mapping[str, int]] = {}
    path_kind: ClassVar[str | None] = None
    body_kinds: ClassVar[Mapping[str, str]] = {
        "project": "project",
        "client": "client",
        "asset": "asset",
        "org": "org",
    }
    query_kinds: ClassVar[Mapping[str, str]] = {"org": "org", "client": "client", "project": "project"}
    needs_organization: ClassVar[bool] = True
    allows_anonymous: ClassVar[bool] = False
    reads_by_post: ClassVar[bool] = False
    #: Whether the request's transaction opens before anybody knows who asks, so that one call answers it all.
    arrives: ClassVar[bool] = True
    #: Whether its GET is asked so often that the hot door serves it.
    is_hot: ClassVar[bool] = False
    #: Whether that GET is, as a rule, one page after who asks is known: then both are asked for at once.
    asks_ahead: ClassVar[bool] = False
    #: Which rate limit its writes take from: a row of `limits.WRITES`.
    rate: ClassVar[str] = "mutation"

    actor: Actor
    _is_open = False
    organization_id: UUID

    # --- the request's path through the fence -----------------------------------------------------

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Serve the request inside one transaction in its organisation's scope."""
        with ExitStack() as self._stack:
            response = super().dispatch(request, *args, **kwargs)
        failpoints.reach(f"{type(self).__name__}:committed")
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, find the organisation and open its scope, before any handler runs."""
        handed_on.tell(request)
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(request.method or "")
        self.arrive(request)
        super().initial(request, *args, **kwargs)
        self.admit(request)

    def arrive(self, request: Request) -> None:
        """Open the transaction in which one call answers who asks and whose things are named."""
        if self.needs_organization and self.arrives and (self.path_kind or request.method not in UNSAFE):
            self._stack.enter_context(tenancy.arrival(self._named(request)))
            self._is_open = True

    def admit(self, request: Request) -> None:
        """Judge whom the authentication has found, find the organisation, and open its scope."""
        self.actor = self.find_actor(request)
        share = self.actor.share
        log.bind(actor=self.actor.kind, share_id=share.share_id if share else None)
        limits.check(request, self.actor, self)
        if self.actor.kind == "anonymous" and not self.allows_anonymous:
            raise NotAuthenticated
        is_write = request.method in UNSAFE and not self.reads_by_post
        if is_write and "write" not in self.actor.scopes and not self.allows_anonymous:
            raise Forbidden("This token may only read.")
        if self.needs_organization:
            self.organization_id = self.find_organization(request)
            self._stack.enter_context(tenancy.scope(self.organization_id))
            self._is_open = True
            log.bind(organization_id=self.organization_id)
            if self.path_kind is not None:
                log.bind(**{f"{self.path_kind}_id": self.path_id})
        if request.query_params and self._takes_no_query:
            self.query()

    def serve(self, request: Any, actor: Callable[[], Actor], **kwargs: str) -> Any:
        """Answer a read that came through the hot door, which knows the request to need nothing of the framework."""
        self.request, self.args, self.kwargs = request, (), kwargs
        with ExitStack() as self._stack:
            self.arrive(request)
            request.user = actor()
            self.admit(request)
            response = self.get(request, **kwargs)  # type: ignore[attr-defined]  # hot views have one
        failpoints.reach(f"{type(self).__name__}:committed")
        return response

    def find_actor(self, request: Request) -> Actor:
        """Return who asks, as the authentication classes built it."""
        actor = request.user if isinstance(request.user, Actor) else ANONYMOUS
        return replace(
            actor,
            ip=str(request.META.get("REMOTE_ADDR", "")),
            user_agent=str(request.META.get("HTTP_USER_AGENT", ""))[:512],
        )

    def find_organization(self, request: Request) -> UUID:
        """Return the organisation from the path's id, else the body's, else the query's, else the only one.

        Raises:
            NotFound: a path or query id that is malformed, foreign or absent.
            Invalid: a body id likewise, or no hint from a caller in several organisations.
        """
        if self.path_kind is not None:
            found = self._visible(self.path_kind, self.kwargs.get("id"))
            if found is None:
                raise NotFound
            return found
        return self._from_body(request) or self._from_query(request) or self._only_one()

    def _named(self, request: Request) -> list[tenancy.Named]:
        """Return what path and query name, before anything of it is judged; the first tells the organisation."""
        if self.path_kind is not None:
            named = [(self.path_kind, self.kwargs.get("id"))]
        else:
            given = request.query_params if self.query_kinds else {}
            named = [(kind, given[field]) for field, kind in self.query_kinds.items() if field in given]
        return [(kind, identity) for kind, value in named if (identity := as_uuid(value)) is not None]

    def _from_body(self, request: Request) -> UUID | None:
        body = request.data if request.method in UNSAFE and isinstance(request.data, dict) else {}
        owner: UUID | None = None
        for field, kind in self.body_kinds.items():
            value = value_at(body, field)
            if value is not None:
                identity = as_uuid(value)
                if identity is None:
                    raise invalid(field, "Must be a valid UUID.")
                found = self._visible(kind, identity)
                # Whatever a body names lies in one organisation: what lies in another is not there.
                if found is None or found != (owner or found):
                    raise unseen(field)
                owner = found
        return owner

    def _from_query(self, request: Request) -> UUID | None:
        for field, kind in self.query_kinds.items():
            value = request.query_params.get(field)
            if value is not None:
                if as_uuid(value) is None:
                    raise invalid(field, "Must be a valid UUID.")
                found = self._visible(kind, value)
                if found is None:
                    raise NotFound
                return found
        return None

    def _only_one(self) -> UUID:
        if self.actor.share:
            return self.actor.share.organization_id
        if len(self.actor.organizations) == 1:
            return next(iter(self.actor.organizations))
        raise invalid("org", "Name the organisation: ?org= or the id of a client or project in it.")

    def _visible(self, kind: str, value: Any) -> UUID | None:
        """Return the organisation that owns the object, if the actor belongs to it."""
        identity = as_uuid(value)
        if identity is None:
            return None
        owner = organization_of(kind, identity)
        if self.actor.share:
            return owner if owner == self.actor.share.organization_id else None
        return owner if owner in self.actor.organizations else None

    def handle_exception(self, exc: Exception) -> Response:
        """Answer the error and undo what the request did: nothing is left half done."""
        if self._is_open:
            transaction.set_rollback(True)
        return super().handle_exception(exc)

    # --- helpers for handlers ---------------------------------------------------------------------

    @property
    def _method(self) -> str:
        """The method as views declare it: HEAD is a GET without its body."""
        return "GET" if self.request.method in (None, "HEAD") else self.request.method

    @property
    def _takes_no_query(self) -> bool:
        """Whether no handler will look at the parameters: reads that declare some do so themselves."""
        return self.request.method in UNSAFE or (self._method == "GET" and "GET" not in self.queries)

    @property
    def required(self) -> Permission:
        """The permission that the view declares for this method."""
        return self.permissions[self._method]

    @property
    def path_id(self) -> UUID:
        """The path's `id`."""
        identity = as_uuid(self.kwargs["id"])
        if identity is None:
            raise NotFound
        return identity

    def input(self) -> dict[str, Any]:
        """Return the body, validated by the declared input."""
        return _validated(
            self.inputs[self.request.method or "POST"](data=self.request.data, context={"view": self})
        )

    def partial_input(self) -> dict[str, Any]:
        """Return the body of a PATCH: only the fields that were sent."""
        serializer = self.inputs["PATCH"](data=self.request.data, partial=True, context={"view": self})
        return _validated(serializer)

    def query(self) -> dict[str, Any]:
        """Return the query parameters, validated by the declared query; unknown ones are refused by name."""
        declared = self.queries.get(self._method, WriteQuery if self._method in UNSAFE else NoQuery)
        given = query_values(self.request.query_params)
        cursor = given.get("cursor", "").strip()
        if not cursor:
            return dict(read_query(declared, tuple(given.items())))
        # The pages of one list differ in their cursor alone, so that the rest is read once for all of them.
        given["cursor"] = "-"
        return read_query(declared, tuple(given.items())) | {"cursor": cursor}

    def page(self, query: Mapping[str, Any], *, sort: str) -> PageRequest:
        """Return what the list is asked for, from the validated query."""
        return PageRequest(
            url=f"{settings.PORTAL_URL}{self.request.path}",
            params=query_values(self.request.query_params),
            sort=sort,
            limit=query["limit"],
            cursor=query.get("cursor"),
            offset=query.get("offset"),
            count=query.get("count"),
        )

    def check_if_match(self, *etags: str) -> None:
        """Compare `If-Match`, where sent, with the row that the caller has locked, or with each that it may speak of.

        Raises:
            PreconditionFailed: the row has changed since it was read.
        """
        wanted = self.request.headers.get("If-Match")
        if wanted and wanted.strip() != "*" and not {each.strip() for each in wanted.split(",")} & set(etags):
            raise PreconditionFailed

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Never let a cache keep an answer of the API."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.setdefault("Cache-Control", "no-store")
        return response


class IdempotentEndpoint(Endpoint):
    """An endpoint whose POST honours `Idempotency-Key`."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Wrap the POST handler once the view is known to have one."""
        self.replayable = request.method == "POST" and "Idempotency-Key" in request.headers
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Claim the key after the scope is open; a known key answers at once."""
        super().initial(request, *args, **kwargs)
        if self.replayable:
            self._claimed, answer = idempotency.claim(
                actor=f"{self.actor.kind}:{self.actor.id}",
                key=request.headers["Idempotency-Key"],
                request=idempotency.digest_of(request),
            )
            if answer is not None:
                self.judge_again()
                raise idempotency.AlreadyAnswered(answer)

    def judge_again(self) -> None:
        """Let a repetition pass only where the request itself still would: rights are judged as they are now.

        Judged is the project that the body names, else the organisation; a view whose permission sits elsewhere
        (in what its path names, say) judges that instead.

        Raises:
            Invalid: the project is no longer seen.
            Forbidden: the role no longer allows the method's permission.
        """
        for field, kind in self.body_kinds.items():
            project_id = as_uuid(value_at(self.request.data, field)) if kind == "project" else None
            if project_id is not None:
                try:
                    require(self.actor, self.required, Target(self.organization_id, project_id))
                except NotFound:
                    raise unseen(field) from None
                return
        if not may(self.actor, self.required, Target(self.organization_id)):
            raise Forbidden

    def handle_exception(self, exc: Exception) -> Response:
        """Turn a replay into its answer."""
        self.replayable = False
        if isinstance(exc, idempotency.AlreadyAnswered):
            return exc.answer.response()
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep the answer in the transaction that did the work."""
        if self.replayable:
            idempotency.remember(self._claimed, response)
        return super().finalize_response(request, response, *args, **kwargs)


def _validated(serializer: Input) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


organization_of = tenancy.organization_of


def etag_of(row: Any) -> str:
    """Return the entity tag of a row: it changes with every write."""
    return f'"{row.pk.hex[-12:]}-{int(row.updated_at.timestamp() * 1_000_000):x}"'


def encoded(body: bytes) -> HttpResponse:
    """Answer JSON that is written already; no renderer looks at it again."""
    return HttpResponse(body, content_type="application/json", headers={"Content-Length": str(len(body))})


def single(data: Any, row: Any, *, status: int = 200) -> Response:
    """Answer one resource with its entity tag."""
    return Response(data, status=status, headers={"ETag": etag_of(row)})
