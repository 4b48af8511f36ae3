"""In which format the OpenAPI document is answered."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class FormatInQuery(DefaultContentNegotiation):
    """`?format=json` decides here alone: elsewhere it is a parameter like others, that of an export for one."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the renderer of the format that the address names, else of what the client accepts."""
        wanted = request.query_params.get("format")
        found: tuple[BaseRenderer, str] = super().select_renderer(
            request, renderers, wanted if wanted in ("json", "yaml") else format_suffix
        )
        return found
