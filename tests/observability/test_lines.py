"""What a running platform writes: JSON lines with ids, one a request, and nothing that is nobody's business."""

from __future__ import annotations

import ast
import json
import logging
import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from dam.core.observing import log
from tests.cast import Cast
from tests.observability.journey import REQUEST, TRACE, Journey
from tests.observability.platform_processes import ROOT, Platform

SECRETS = {
    "a token": "used dam_Zm9vYmFyYmF6cXV4Zm9vYmFy here",
    "an access token": "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
    "a signed address": "http://s3/staging/k?partNumber=1&X-Amz-Signature=0123canary&X-Amz-Expires=3600",
    "a database address": "postgresql://dam_app:canary@db.internal:5432/dam",
    "an e-mail address": "Key (email)=(canary@example.test) already exists.",
    "a share's path": "Internal Server Error: /api/s/canaryD0UptL1unOuJc1rV-ygKD8/assets",
    "an edge address": "http://edge/e/canary.MAC.token/hls/aa/live.m3u8",
    "a password": "password='canary' was wrong",
    "a header": "Authorization: Bearer canary",
}


def formatted(name: str, message: str, *, level: int = logging.INFO, **extra: Any) -> dict[str, Any]:
    record = logging.makeLogRecord({"name": name, "msg": message, "levelno": level, **extra})
    record.levelname = logging.getLevelName(level)
    line: dict[str, Any] = json.loads(log.JsonFormatter().format(record))
    return line


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize("place", ["message", "field", "bound", "exception"])
def test_secrets_are_cut_out_of_what_others_say(text: str, place: str):
    if place == "message":
        line = formatted("django.request", text)
    elif place == "bound":
        log.bind(upload_id=text.ljust(40))
        line = formatted("dam.core", "thing.happened")
        log.clear()
    elif place == "field":
        line = formatted("dam.core", "thing.failed", error=text)
    else:
        try:
            raise ValueError(text)
        except ValueError as error:
            line = formatted("dam.core", "thing.failed", exc_info=(ValueError, error, error.__traceback__))

    written = json.dumps(line)

    assert "canary" not in written
    assert "dam_Zm9v" not in written
    assert "eyJhbGci" not in written


def test_plain_words_are_left_alone():
    told = "could not connect to server: Connection refused; 3 tokens left of /api/assets/01a1fcc8"

    assert formatted("psycopg.pool", told)["message"] == told


@pytest.mark.parametrize("value", ["half a pair: \ud800", 2**80, {"a": {1, 2}}, b"\xff", float("nan")])
def test_a_line_is_written_whatever_is_in_it(value: Any):
    assert formatted("dam.core", "thing.happened", value=value)["event"] == "thing.happened"


def test_a_line_has_an_end():
    started = time.process_time()

    for word in ("x", "&", "?key", "a.b", "://", "@", "token ", "/s/"):
        line = formatted("botocore", word * 100_000, body=word * 100_000)

        assert len(json.dumps(line)) < 40_000
    assert time.process_time() - started < 2


def test_an_error_names_its_page():
    assert formatted("dam.core", "job.crashed", level=logging.ERROR)["runbook"] == "runbooks/job-crashed.md"
    assert formatted("celery", "whatever", level=logging.ERROR)["runbook"] == "runbooks/unexpected-error.md"


def test_every_page_exists_and_every_named_event_is_one_of_ours():
    events = _error_events()

    assert set(log.PAGES) <= events, set(log.PAGES) - events
    for page in {*log.PAGES.values(), log.UNEXPECTED}:
        assert (ROOT / log.RUNBOOKS / page).is_file(), page


def test_the_events_of_our_lines_are_names_not_sentences():
    odd = [event for event in _events() if not all(part.isidentifier() for part in event.split("."))]

    assert odd == []


def test_a_request_is_one_line_by_route_without_path_or_secrets(cast: Cast, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, logger="dam.core.observing.access_log"):
        answer = cast.editor.get(f"/api/projects/{cast.project.id}?limit=canary")

    [record] = [each for each in caplog.records if each.getMessage() == "request.served"]
    line = json.loads(log.JsonFormatter().format(record))
    assert (line["method"], line["route"], line["status"]) == ("GET", "api/projects/<str:id>", answer.status)
    assert line["bytes"] == len(answer.response.content)
    assert line["ms"] > 0
    assert "canary" not in json.dumps(line)


def test_unknown_paths_and_hostile_ids_make_no_route_of_their_own(caplog: pytest.LogCaptureFixture, db: None):
    with caplog.at_level(logging.INFO, logger="dam.core.observing.access_log"):
        Client().get("/api/never/heard/of", headers={"X-Request-ID": 'x" injected\n'})

    [record] = [each for each in caplog.records if each.getMessage() == "request.served"]
    assert record.route == "unmatched"  # type: ignore[attr-defined]


def test_every_line_of_every_process_is_json(running: Platform, journey: Journey):
    lines = running.lines()

    assert all({"at", "level", "process", "logger", "event"} <= set(line) for line in lines)
    assert {"api", "worker"} <= {line["process"] for line in lines}


def test_a_request_id_travels_from_the_request_through_both_jobs(running: Platform, journey: Journey):
    ours = [line for line in running.lines() if line.get("request_id") == REQUEST]

    started = {line["kind"]: line for line in ours if line["event"] == "job.started"}
    assert set(started) >= {"promote", "preview"}
    assert started["promote"]["job_id"] == str(journey.promote.id)
    assert started["preview"]["version_id"] == (journey.promote.result or {})["version"]
    assert {line["organization_id"] for line in started.values()} == {str(journey.cast.org_id)}
    served = {line["route"]: line for line in ours if line["event"] == "request.served"}
    assert set(served) == {"api/presign", "api/uploads/<str:id>/complete", "api/promote"}
    assert {line["upload_id"] for line in served.values()} == {started["promote"]["upload_id"]}
    assert {line["actor"] for line in served.values()} == {"user"}
    assert {line["trace_id"] for line in ours} == {TRACE}


def test_no_line_holds_a_secret_an_address_or_a_name(running: Platform, journey: Journey):
    text = "".join((running.directory / f"{name}.log").read_text() for name in ("api", "live", "worker"))

    token = journey.cast.editor.headers["Authorization"].removeprefix("Bearer ")
    for hidden in (token, "X-Amz-Signature", journey.cast.editor.person.email, journey.name):
        assert hidden not in text


def _events() -> set[str]:
    return {event for event, _ in _calls()}


def _error_events() -> set[str]:
    return {event for event, is_error in _calls() if is_error}


def _calls() -> set[tuple[str, bool]]:
    """The first words of every `logger.…` call and every `guard` of the platform."""
    stack = ROOT / "dam" / "stack"
    paths = [
        path
        for room in ("dam", *settings.ROOMS)
        for path in (ROOT / room).rglob("*.py")
        if stack not in path.parents
    ]
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                words = [each.value for each in node.args if isinstance(each, ast.Constant)]
                name = ast.unparse(node.func)
                if (
                    words
                    and isinstance(words[0], str)
                    and (name.endswith("guard") or ".warning" in name or _logs(name))
                ):
                    found.add(
                        (words[0], name == "guard" or name.endswith((".error", ".exception", ".critical")))
                    )
    return found


def _logs(name: str) -> bool:
    target, _, method = name.rpartition(".")
    return target.startswith("logg") and method in {
        "info",
        "warning",
        "error",
        "exception",
        "critical",
        "log",
    }
