"""Rendering JSON with orjson."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
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
