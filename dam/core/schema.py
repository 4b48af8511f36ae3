"""The OpenAPI document's manners: tags by room, problem answers, and the query parameters that a view declares."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema


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
        return {status: output}

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
