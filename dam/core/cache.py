"""The cache's serializer: JSON, because unpickling what Redis holds would run its writer's code."""

from __future__ import annotations

from typing import Any

import orjson


class JsonSerializer:
    """Store integers bare, so that Redis can count, and everything else as JSON."""

    def dumps(self, value: Any) -> bytes | int:
        """Encode a value."""
        if type(value) is int:
            return value
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)

    def loads(self, data: bytes) -> Any:
        """Decode a value."""
        return orjson.loads(data)
