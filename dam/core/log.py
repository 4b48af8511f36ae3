"""Structured logs: one JSON object a line, with the ids of the request, organisation, asset and job at hand."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

_context: ContextVar[dict[str, Any] | None] = ContextVar("log_context", default=None)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def bind(**fields: str | UUID | None) -> None:
    """Add fields to every later record of this request or job."""
    _context.set(
        (_context.get() or {}) | {name: str(value) for name, value in fields.items() if value is not None}
    )


def clear() -> None:
    """Forget the fields of the request or job before."""
    _context.set(None)


def request_id() -> str:
    """Return the id of the request being served, or an empty string."""
    return str((_context.get() or {}).get("request_id", ""))


class JsonFormatter(logging.Formatter):
    """Render a record as one JSON line; `extra` fields become keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON, exceptions included, never bodies or tokens."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= _context.get() or {}
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
