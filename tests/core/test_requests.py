"""The manners of every request: ids, media types, sizes, depth, unknown paths."""

import time

import pytest

from tests.cast import Cast


def test_a_given_request_id_comes_back(cast: Cast):
    assert cast.owner.get("/api/me", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"


def test_a_strange_request_id_is_replaced(cast: Cast):
    assert cast.owner.get("/api/me", headers={"X-Request-ID": "a b\tc"}).headers["X-Request-ID"] != "a b\tc"


def test_an_unknown_path_is_a_problem(cast: Cast):
    answer = cast.owner.get("/api/nothing-here")

    assert (answer.status, answer.problem) == (404, "not-found")


def test_another_media_type_is_415(cast: Cast):
    response = cast.owner.http.post(
        "/api/orgs", b"name=x", content_type="application/x-www-form-urlencoded", headers=cast.owner.headers
    )

    assert response.status_code == 415


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"[" * 10_000 + b"]" * 10_000, 400),
        (b'{"name":' + b'{"a":' * 100 + b"1" + b"}" * 101, 400),
        (b'{"name":"' + b"x" * 1_000_001 + b'"}', 413),
        (b'{"name":"\\ud800"}', 400),
        (b'{"name":"\\u0000"}', 400),
        (b'{"name":1e400}', 400),
        (b"[]", 400),
        (b"nonsense", 400),
        (b'"text"', 400),
    ],
)
def test_a_hostile_body_is_refused_quickly(cast: Cast, raw: bytes, status: int):
    started = time.perf_counter()

    answer = cast.owner.send("POST", "/api/orgs", raw=raw)

    assert answer.status == status, answer
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("path", ["/api/me", "/api/orgs", "/api/projects"])
def test_methods_that_do_not_exist_are_405(cast: Cast, path: str):
    assert cast.owner.put(path, {}).status == 405


def test_health_is_open_and_readiness_names_each_dependency(cast: Cast):
    ready = cast.nobody.get("/readyz")

    assert cast.nobody.get("/healthz").status == 200
    assert ready.status == 200
    assert set(ready["dependencies"]) == {"database", "redis", "storage"}


def test_metrics_are_for_loopback_alone(cast: Cast):
    from django.test import Client as HttpClient

    assert b"dam_requests_total" in HttpClient().get("/metrics").content
    assert HttpClient(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 404


def test_only_a_proxy_on_loopback_names_the_client(cast: Cast):
    from django.test import Client as HttpClient

    assert HttpClient(headers={"X-Real-IP": "192.0.2.7"}).get("/metrics").status_code == 404
    outside = HttpClient(REMOTE_ADDR="192.0.2.7", headers={"X-Real-IP": "127.0.0.1"})
    assert outside.get("/metrics").status_code == 404
