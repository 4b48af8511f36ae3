"""What a body, a query string and a method may look like; everything else is refused at once and by name."""

import gzip
import time
from typing import Any

import orjson
import pytest

from dam.core.web.parsing import MAX_DEPTH, MAX_ITEMS
from tests.cast import Answer, Cast
from tests.manners.accounts import Account

DEEP = b'{"a":' * (MAX_DEPTH + 2) + b"1" + b"}" * (MAX_DEPTH + 2)
HOSTILE = {
    "ten thousand brackets": (b"[" * 10_000 + b"]" * 10_000, 400),
    "ten thousand braces": (b'{"name":' * 10_000 + b"1" + b"}" * 10_000, 400),
    "one level too many": (b'{"name":' + DEEP + b"}", 400),
    "a list too long": (b'{"name":[' + b"1," * MAX_ITEMS + b"1]}", 400),
    "half a million numbers": (b'{"name":[' + b"1," * 499_000 + b"1]}", 400),
    "too many keys": (orjson.dumps({f"key{each}": each for each in range(MAX_ITEMS + 1)}), 400),
    "over a megabyte": (b'{"name":"' + b"x" * 1_000_001 + b'"}', 413),
    "a key twice": (b'{"name":"a","name":"b"}', 400),
    "a key twice, once escaped": (b'{"name":"a","n\\u0061me":"b"}', 400),
    "a key twice, deep down": (b'{"name":"a","x":{"y":[{"z":1,"z":1}]}}', 400),
    "a lone surrogate": (b'{"name":"\\ud800"}', 400),
    "a NUL": (b'{"name":"a\\u0000b"}', 400),
    "a NUL in a key": (b'{"na\\u0000me":"b"}', 400),
    "beyond a double": (b'{"name":1e400}', 400),
    "NaN": (b'{"name":NaN}', 400),
    "Infinity": (b'{"name":-Infinity}', 400),
    "a huge integer": (b'{"name":' + b"9" * 900_000 + b"}", 400),
    "a number for a text": (b'{"name":5}', 400),
    "a list for a text": (b'{"name":["a"]}', 400),
    "an object for a text": (b'{"name":{"a":1}}', 400),
    "null for a text": (b'{"name":null}', 400),
    "invalid UTF-8": (b'{"name":"\xff\xfe"}', 400),
    "UTF-16": ('{"name":"a"}'.encode("utf-16"), 400),
    "a byte order mark": (b'\xef\xbb\xbf{"name":"a"}', 400),
    "a list": (b"[]", 400),
    "a text": (b'"text"', 400),
    "null": (b"null", 400),
    "cut short": (b'{"name":"a', 400),
    "two documents": (b'{"name":"a"}{"name":"b"}', 400),
    "a comment": (b'{"name":"a" /* b */}', 400),
}


def is_problem(answer: Answer) -> bool:
    named = {"type", "title", "status", "detail", "request_id"}
    is_right_type = answer.headers["Content-Type"] == "application/problem+json"
    return is_right_type and named <= set(answer.json) and answer["status"] == answer.status


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_body_is_refused_within_a_second(cast: Cast, what: str):
    raw, status = HOSTILE[what]
    started = time.thread_time()

    answer = cast.owner.send("POST", "/api/orgs", raw=raw)

    assert answer.status == status, answer
    assert is_problem(answer)
    assert time.thread_time() - started < 1


@pytest.mark.parametrize("what", HOSTILE)
def test_the_account_endpoints_refuse_it_likewise(cast: Cast, what: str):
    raw, status = HOSTILE[what]

    answer = Account("a@example.test").send("POST", "auth/login", raw.replace(b'"name"', b'"email"'))

    assert answer.status_code == status


def test_a_long_list_within_bounds_is_looked_at(cast: Cast):
    ids = ["01890000-0000-7000-8000-000000000000"] * 9000

    answer = cast.owner.post("/api/playback", {"versions": ids})

    assert (answer.status, set(answer.errors)) == (400, {"versions"})


@pytest.mark.parametrize(
    ("content_type", "headers", "status"),
    [
        ("application/json", {}, 201),
        ("application/json; charset=utf-8", {}, 201),
        ('application/json; charset="UTF-8"', {}, 201),
        ("APPLICATION/JSON", {}, 201),
        ("application/json; charset=iso-8859-1", {}, 415),
        ("application/json; charset=utf-16", {}, 415),
        ("application/x-www-form-urlencoded", {}, 415),
        ("multipart/form-data; boundary=x", {}, 415),
        ("text/plain", {}, 415),
        ("text/json", {}, 415),
        ("application/xml", {}, 415),
        ("application/jsonp", {}, 415),
        ("nonsense", {}, 415),
        ("", {}, 415),
        ("application/json", {"Content-Encoding": "gzip"}, 415),
        ("application/json", {"Content-Encoding": "identity"}, 201),
    ],
)
def test_only_plain_json_is_read(cast: Cast, content_type: str, headers: dict[str, str], status: int):
    raw = orjson.dumps({"name": "Studio"})
    body = gzip.compress(raw) if headers.get("Content-Encoding") == "gzip" else raw

    response = cast.owner.http.generic(
        "POST", "/api/orgs", body, content_type=content_type, headers=cast.owner.headers | headers
    )

    assert response.status_code == status, response.content


@pytest.mark.parametrize("value", ["yes", "on", 1, 0, "true", "false", "", [], {}])
def test_a_truth_is_true_or_false(cast: Cast, value: Any):
    body = {"project": str(cast.project.id), "assets": [], "allow_download": value}

    answer = cast.editor.post("/api/shares", body)

    assert (answer.status, "allow_download" in answer.errors) == (400, True), answer


@pytest.mark.parametrize("value", ['"5"', "true", "1.5", "1" + "0" * 40, "-1", "[1]", '{"a":1}', "1e300"])
def test_a_number_is_a_number_in_its_range(cast: Cast, value: str):
    raw = f'{{"project":"{cast.project.id}","assets":[],"max_views":{value}}}'.encode()

    assert "max_views" in cast.editor.send("POST", "/api/shares", raw=raw).errors


@pytest.mark.parametrize("value", ["5", "1" + "0" * 40, "true", '["a"]', "{}", f'"{"x" * 36}"', '""'])
def test_an_id_is_a_text_of_its_form(cast: Cast, value: str):
    project = f'{{"project":{value},"assets":[]}}'.encode()
    assets = f'{{"project":"{cast.project.id}","assets":[{value}]}}'.encode()

    assert "project" in cast.editor.send("POST", "/api/shares", raw=project).errors
    assert "assets" in str(cast.editor.send("POST", "/api/shares", raw=assets).errors)


def test_names_are_trimmed_and_never_empty(cast: Cast):
    assert cast.owner.post("/api/orgs", {"name": "  Studio \u3000"})["name"] == "Studio"
    assert "name" in cast.owner.post("/api/orgs", {"name": " \t "}).errors


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=1e9",
        "limit=1000000000000000000000000000000",
        "limit=%D9%A5x",
        "limit=%D9%A5",
        "limit=1_0",
        "limit=%2B5",
        "limit=5%20",
        "limit=",
        "limit=5&limit=6",
        "count=yes",
        "cursor=nonsense",
        "cursor=%00",
        "org=1",
        "unknown=1",
        "name__startswith=a",
        "ordering=user__password",
        "tenant=1",
        "%00=1",
    ],
)
def test_a_strange_query_is_refused_by_name(cast: Cast, query: str):
    answer = cast.owner.get(f"/api/projects?{query}")

    assert answer.status == 400, answer
    assert set(answer.errors) & {query.partition("=")[0], "body", ""} or "%" in query


def test_one_object_takes_no_parameter_either(cast: Cast):
    for path in (f"orgs/{cast.org_id}", f"projects/{cast.project.id}"):
        answer = cast.owner.get(f"/api/{path}?colour=red")

        assert (answer.status, set(answer.errors)) == (400, {"colour"})
        assert cast.owner.get(f"/api/{path}?org={cast.org_id}").status == 200


@pytest.mark.parametrize("value", ["yes", "1", "True", "on", ""])
def test_a_truth_in_a_query_is_true_or_false(cast: Cast, value: str):
    answer = cast.owner.get(f"/api/assets?project={cast.project.id}&trashed={value}")

    assert (answer.status, set(answer.errors)) == (400, {"trashed"})


def test_items_of_another_type_are_named_by_their_places(cast: Cast):
    answer = cast.owner.post(
        "/api/fields", {"name": "X", "type": "choice", "choices": ["a", 1, "b", None, {}]}
    )

    assert (answer.status, set(answer.errors)) == (400, {"choices.1", "choices.4"})


def test_unknown_parameters_are_refused_on_writes_too(cast: Cast):
    answer = cast.owner.post("/api/projects?surprise=1", {"name": "Pilot"})

    assert (answer.status, set(answer.errors)) == (400, {"surprise"})


@pytest.mark.parametrize("path", ["/api/me", "/api/orgs", "/api/projects", "/api/s/x", "/api/presign"])
@pytest.mark.parametrize("method", ["TRACE", "PUT", "CONNECT", "PROPFIND", "FOO"])
def test_methods_that_do_not_exist_are_405(cast: Cast, path: str, method: str):
    answer = cast.owner.send(method, path)

    assert answer.status == 405, answer
    assert is_problem(answer)
    assert answer["title"] == "Method not allowed."
    assert answer.headers["Allow"]


def test_a_header_cannot_stand_for_another_method(cast: Cast):
    path = f"/api/projects/{cast.project.id}"
    for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        assert cast.owner.post(path, {}, headers={header: "PATCH"}).status == 405


def test_head_answers_as_get_without_a_body(cast: Cast):
    answer = cast.owner.send("HEAD", f"/api/projects/{cast.project.id}")

    assert (answer.status, answer.response.content) == (200, b"")
    assert answer.headers["ETag"] == cast.owner.get(f"/api/projects/{cast.project.id}").headers["ETag"]


def test_options_tells_the_methods_and_grants_no_other_site(cast: Cast):
    headers = {"Origin": "https://elsewhere.test", "Access-Control-Request-Method": "PATCH"}
    for path in ("/api/me", f"/api/projects/{cast.project.id}", "/api/s/x", "/_allauth/browser/v1/config"):
        answer = cast.owner.send("OPTIONS", path, headers=headers)
        assert answer.status < 500
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_an_unknown_host_is_refused(cast: Cast):
    answer = cast.owner.get("/api/me", headers={"Host": "elsewhere.test"})

    assert (answer.status, is_problem(answer)) == (400, True)
    assert cast.nobody.get("/healthz", headers={"Host": "elsewhere.test"}).status == 200
