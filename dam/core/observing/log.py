"""Structured logs: one JSON object a line, with the ids of the request, organisation, asset and job at hand.

A line of ours is an event name and fields. What libraries log, and what exceptions say, was written by others and
may quote anything: tokens, signed addresses and e-mail addresses are cut out of it.
"""

from __future__ import annotations

import contextvars
import json
import logging
import re
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import orjson

from dam.core.observing import metrics

_P = ParamSpec("_P")
_R = TypeVar("_R")
Fields = dict[str, Any]

_context: ContextVar[Fields | None] = ContextVar("log_context", default=None)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request"}
_OURS = frozenset(
    {
        "dam",
        "orgs",
        "activity",
        "jobs",
        "assets",
        "previews",
        "ingest",
        "shares",
        "comments",
        "bulk",
        "exchange",
        "similarity",
    }
)
REMOVED = "-"
ID_CHARACTERS = 36
#: Characters of what others say that one line takes.
LONGEST = 16_000
_SECRETS = re.compile(
    r"""
      (?P<query>(?<=[?&])[\w%.-]{0,40}(?:signature|token|credential|password|access|key|secret)[\w%.-]{0,40}=
        [^\s&"'<>]*)
    | (?P<account>(?<=://)[^\s/@"'<>]{1,256}@)
    | (?P<mail>[\w.+%-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8})
    | (?P<token>\bdam_[\w-]{16,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*)
    | (?P<path>(?<=/s/)[\w-]{16,}|(?<=/e/)[^\s/"']+)
    | (?P<word>\b(?:password|passwd|secret|token|authorization|cookie|signature|dsn|api_?key)\b["']?\s{0,9}[=:]\s{0,9}
        (?:(?:bearer|basic)\s{1,9})?["']?[^\s"',;)}]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SAFE_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
RUNBOOKS = "runbooks/"
#: The page for each event of level error; whatever is not named here has a page in common.
PAGES = {
    "job.crashed": "job-crashed.md",
    "job.end_lost": "job-crashed.md",
    "job.drain_failed": "job-crashed.md",
    "job.round_failed": "job-crashed.md",
    "preview.digest_mismatch": "master-damaged.md",
    "preview.encoder_refused": "gpu-backlog.md",
    "relay.failed": "outbox-stuck.md",
    "relay.set_aside": "outbox-stuck.md",
    "schedule.failed": "schedule-stopped.md",
    "upload.sweep_failed": "schedule-stopped.md",
    "live.bus_failed": "live-delivery.md",
    "live.socket_crashed": "live-delivery.md",
    "live.recheck_failed": "live-delivery.md",
    "live.judgement_failed": "live-delivery.md",
}
UNEXPECTED = "unexpected-error.md"
_process: list[str] = ["command"]
_trace: list[Callable[[], Fields]] = []


def bind(**fields: str | UUID | None) -> None:
    """Add fields to every later record of this request or job."""
    given = {name: str(value) for name, value in fields.items() if value is not None}
    # Longer than an id: not made by us, perhaps.
    safe = {name: scrub(value) if len(value) > ID_CHARACTERS else value for name, value in given.items()}
    _context.set((_context.get() or {}) | safe)


def clear() -> None:
    """Forget the fields of the request or job before."""
    _context.set(None)


def fields() -> Fields:
    """Return what is bound now, with the trace's ids where there is a trace."""
    found = _context.get() or {}
    return found | _trace[0]() if _trace else found


def request_id() -> str:
    """Return the id of the request being served, or of the one that asked for the job; else an empty string."""
    return str((_context.get() or {}).get("request_id", ""))


def accepted_id(given: str) -> str | None:
    """Return the request id that a client gave, or None where it is none that a log could take."""
    return given if _SAFE_ID.fullmatch(given) else None


def outer_trace() -> str:
    """Return the traceparent that came with the request or job, or an empty string."""
    return str((_context.get() or {}).get("traceparent", ""))


def carried(call: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return the function such that, in another thread, it logs (and traces) for the request or job at hand."""
    context = contextvars.copy_context()

    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        # A context runs in one thread at a time; copies of it run beside each other.
        return context.copy().run(call, *args, **kwargs)

    return run


def name_process(name: str) -> None:
    """Name the kind of process, as every line tells it: `api`, `live`, `worker`, `command`."""
    _process[0] = name


def process_name() -> str:
    """Return the kind of process."""
    return _process[0]


def trace_with(current: Callable[[], Fields]) -> None:
    """Have the ids of the current span added to every line."""
    _trace[:] = [current]


def scrub(text: str) -> str:
    """Return the text without secrets and addresses of people; for what others have written."""
    return _SECRETS.sub(_cut, text)


def _cut(found: re.Match[str]) -> str:
    if found.lastgroup == "word":
        return re.split(r"[=:]", found.group(), maxsplit=1)[0].rstrip() + "=" + REMOVED
    return REMOVED + ("@" if found.lastgroup == "account" else "")


class JsonFormatter(logging.Formatter):
    """Render a record as one JSON line; `extra` fields become keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON, exceptions included, never bodies or tokens."""
        line: Fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": _process[0],
            "logger": record.name,
        }
        line |= _said(record)
        line |= fields()
        # The trace's id is told; the header is kept for whoever goes on with the work.
        line.pop("traceparent", None)
        for key, value in vars(record).items():
            if key not in _STANDARD:
                line[key] = scrub(value[:LONGEST]) if isinstance(value, str) and len(value) > 12 else value
        if record.exc_info:
            # The end of a trace tells what happened.
            line["exception"] = scrub(self.formatException(record.exc_info)[-LONGEST:])
        if record.levelno >= logging.ERROR:
            line["runbook"] = RUNBOOKS + PAGES.get(line["event"], UNEXPECTED)
        try:
            return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        except orjson.JSONEncodeError:
            # Half a surrogate pair, or a number of more than 64 bits.
            return json.dumps(line, default=str)


def _said(record: logging.LogRecord) -> Fields:
    """Return the event of a line of ours; of a library's, its logger's name and what it said."""
    if record.name.partition(".")[0] in _OURS:
        return {"event": record.getMessage()}
    return {"event": record.name.lstrip("_"), "message": scrub(record.getMessage()[:LONGEST])}


class CountErrors(logging.Filter):
    """Count what a person must read, by event; it lets everything pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Count the record if it is an error."""
        if record.levelno >= logging.ERROR:
            metrics.ERRORS.labels(str(_said(record)["event"])[:64]).inc()
        return True


class OnlyUnanswered(logging.Filter):
    """Of Django's own lines keep those about exceptions: the access line tells of every answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let pass what carries an exception."""
        return bool(record.exc_info)


def log_crashes() -> None:
    """Have exceptions that end the process or a thread logged as one line each."""
    sys.excepthook = _process_crashed
    threading.excepthook = _thread_crashed
    logging.captureWarnings(capture=True)


def _process_crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger(__name__).critical("process.crashed", exc_info=(kind, error, trace))


def _thread_crashed(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None:
        crashed = (given.exc_type, given.exc_value, given.exc_traceback)
        thread = given.thread.name if given.thread else ""
        logging.getLogger(__name__).error("thread.crashed", extra={"where": thread}, exc_info=crashed)
