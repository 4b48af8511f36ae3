"""Rendering JSON with orjson."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer


class Raw(bytes):
    """JSON that is already encoded, handed through untouched."""


class JsonRenderer(BaseRenderer):
    """Encode the answer; `Raw` passes as it is."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body; nothing for None."""
        if data is None:
            return b""
        if isinstance(data, Raw):
            return bytes(data)
        return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


class FormatIsOurs(DefaultContentNegotiation):
    """Keep the framework from reading `?format=` as the media type of the answer."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the first renderer, whatever the parameter says."""
        first = next(iter(renderers))
        return first, str(first.media_type)


class Negotiation(DefaultContentNegotiation):
    """Answer JSON at once to whoever asks for that, or for anything, as nearly all do, or is sent elsewhere."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the only renderer where no more is asked for; weigh what the client accepts otherwise."""
        is_plain = len(renderers) == 1 and renderers[0].media_type == JsonRenderer.media_type
        is_plain &= format_suffix is None
        if is_plain and _only_points(request):
            return renderers[0], JsonRenderer.media_type
        if is_plain and request.META.get("HTTP_ACCEPT", "*/*") in {"*/*", JsonRenderer.media_type}:
            return renderers[0], JsonRenderer.media_type
        return super().select_renderer(request, renderers, format_suffix)


def _only_points(request: Any) -> bool:
    """Whether what the client accepts is for another address to give: the view answers with a redirect."""
    view = getattr(request, "parser_context", {}).get("view")
    return getattr(view, "statuses", {}).get("GET") == HTTPStatus.FOUND
