"""The OpenAPI document's manners: tags by room, problem answers, and the query parameters that a view declares."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


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
        """Return the output under its status."""
        output = self._declared("outputs")
        status = self._declared("statuses") or {"POST": 201, "DELETE": 204}.get(self.method, 200)
        problem = OpenApiResponse(ProblemOutput, description="Any error.")
        return {status: output, ("default", "application/problem+json"): problem}

    def get_override_parameters(self) -> list[Any]:
        """Return the declared query serializer as parameters."""
        query = self._declared("queries")
        return [query] if query else []

    def get_operation_id(self) -> str:
        """Name the operation after method and view: `get_asset`, `post_promote`."""
        name = type(self.view).__name__.removesuffix("View")
        words = "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
        return f"{self.method.lower()}{words}"

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular drops both arguments
        """Use the handler's docstring."""
        handler = getattr(self.view, self.method.lower(), None)
        return (getattr(handler, "__doc__", None) or type(self.view).__doc__ or "").strip()
