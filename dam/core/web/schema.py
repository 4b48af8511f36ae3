"""The OpenAPI document's manners: tags by room, problem answers, and the query parameters that a view declares."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from dam.core.web.api import IdempotentEndpoint
from dam.core.web.guests import GuestEndpoint

PROBLEM = "application/problem+json"
PROBLEMS = {
    400: "Something in path, query or body is not valid; `errors` names the fields.",
    401: "Not logged in, or the link is locked by a password.",
    403: "Visible, but the role, the token or the link does not allow it.",
    404: "There is no such object, or the caller cannot see it.",
    409: "Not possible in the present state.",
    412: "The object has changed since the entity tag in `If-Match` was given out; nothing was changed.",
    413: "The body is larger than 1 MB.",
    415: "The body is not plain JSON in UTF-8.",
    422: "The `Idempotency-Key` was used before with another request.",
    429: "Too many requests or attempts; `Retry-After` says in how many seconds to try again.",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255},
    OpenApiParameter.HEADER,
    description="Repeat a request with the key of its first try, and it is carried out once.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of the object as it was read; a stale one changes nothing.",
)


class ProblemOutput(serializers.Serializer[Any]):
    """An error, after RFC 9457."""

    type = serializers.CharField(help_text="Ends in a short name, such as `digest-mismatch`.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # the document has a field of that name
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="From dotted field path to messages.",
    )


class ApiTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is half typed
    """`dam_…` tokens."""

    target_class = "orgs.authentication.ApiTokenAuthentication"
    name = "apiToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Describe the scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A personal API token; begins with `dam_`.",
        }


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is half typed
    """JWT access tokens of the app client."""

    target_class = "orgs.authentication.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Describe the scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is half typed
    """The portal's cookie."""

    target_class = "orgs.authentication.PortalSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Describe the scheme."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class ShareAccessScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is half typed
    """The proof that a guest has unlocked a share."""

    target_class = "shares.authentication.ShareAuthentication"
    name = "shareAccess"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Describe the scheme."""
        return {"type": "apiKey", "in": "header", "name": "X-Share-Access"}


def public_routes(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Keep to `/api`: what processes say to each other is nobody else's."""
    return [each for each in endpoints if each[0].startswith("/api/")]


def plain_json_fields(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say "anything" once: any JSON or null is any JSON, and matching both would match neither."""
    for schema in result.get("components", {}).get("schemas", {}).values():
        for name, each in schema.get("properties", {}).items():
            if {} in each.get("oneOf", ()):
                rest = {key: value for key, value in each.items() if key != "oneOf"}
                schema["properties"][name] = rest
    return result


class ContractSchema(AutoSchema):
    """Derive the operation from the view's own `inputs`, `outputs`, `queries` and `statuses`."""

    def _declared(self, name: str) -> Any:
        return getattr(self.view, name, {}).get(self.method)

    def get_tags(self) -> list[str]:
        """Group operations by their room."""
        return [type(self.view).__module__.split(".")[0]]

    def get_request_serializer(self) -> Any:
        """Return the input that the method declares."""
        return self._declared("inputs")

    def get_response_serializers(self) -> Any:
        """Return the output under its status, and every problem that the operation may answer."""
        output = self._declared("outputs")
        status = self._declared("statuses") or {"POST": 201, "DELETE": 204}.get(self.method, 200)
        found: dict[Any, Any] = {status: None if status == 204 else output}
        if self._declared("repeated"):
            found[self._declared("repeated")] = output
        for code in self._problem_codes():
            found[code, PROBLEM] = OpenApiResponse(ProblemOutput, description=PROBLEMS[code])
        found["default", PROBLEM] = OpenApiResponse(ProblemOutput, description="The server failed.")
        return found

    def _problem_codes(self) -> list[int]:
        codes = {400, 401, 404}
        if not self._is_open:
            codes |= {403}
        if self.method != "GET":
            codes |= {403, 409, 413, 415, 429}
        if self._takes_if_match:
            codes |= {412}
        if self._takes_key:
            codes |= {422}
        if "token" in self.path:
            codes |= {403, 429}
        return sorted(codes)

    @property
    def _is_open(self) -> bool:
        """Whether nothing but a link, or nothing at all, is needed to ask."""
        return getattr(self.view, "allows_anonymous", False) or isinstance(self.view, GuestEndpoint)

    @property
    def _takes_key(self) -> bool:
        return self.method == "POST" and isinstance(self.view, IdempotentEndpoint)

    @property
    def _takes_if_match(self) -> bool:
        return self.method in {"PATCH", "DELETE"}

    def get_auth(self) -> list[dict[str, Any]]:
        """Return the schemes that open the operation; a link without a password needs none beside it."""
        schemes: list[dict[str, Any]] = super().get_auth()
        return [*schemes, {}] if self._is_open and {} not in schemes else schemes

    def get_override_parameters(self) -> list[Any]:
        """Return the declared query serializer as parameters, and the headers that the method understands."""
        query = self._declared("queries")
        found: list[Any] = [query] if query else []
        if self._takes_key:
            found.append(IDEMPOTENCY_KEY)
        if self._takes_if_match:
            found.append(IF_MATCH)
        return found

    def get_operation_id(self) -> str:
        """Name the operation after method and view: `get_asset`, `post_promote`."""
        name = type(self.view).__name__.removesuffix("View")
        words = "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
        return f"{self.method.lower()}{words}"

    def _map_serializer(self, serializer: Any, *details: Any, **options: Any) -> Any:
        """Describe a shape in its own words or not at all: those of the class it is built on are not about it."""
        shape: Any = super()._map_serializer(serializer, *details, **options)  # type: ignore[no-untyped-call]  # half typed
        named = serializer if isinstance(serializer, type) else type(serializer)
        if not named.__doc__:
            shape.pop("description", None)
        return shape

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular drops both arguments
        """Use the handler's docstring."""
        handler = getattr(self.view, self.method.lower(), None)
        return (getattr(handler, "__doc__", None) or type(self.view).__doc__ or "").strip()
