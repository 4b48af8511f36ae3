"""The manners of every request: ids, unknown paths, health, who the client is."""

from tests.cast import Cast


def test_a_given_request_id_comes_back(cast: Cast):
    assert cast.owner.get("/api/me", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"


def test_a_strange_request_id_is_replaced(cast: Cast):
    assert cast.owner.get("/api/me", headers={"X-Request-ID": "a b\tc"}).headers["X-Request-ID"] != "a b\tc"


def test_an_unknown_path_is_a_problem(cast: Cast):
    answer = cast.owner.get("/api/nothing-here")

    assert (answer.status, answer.problem) == (404, "not-found")


def test_health_is_open_and_readiness_names_each_dependency(cast: Cast):
    ready = cast.nobody.get("/readyz")

    assert cast.nobody.get("/healthz").status == 200
    assert ready.status == 200
    assert set(ready["dependencies"]) == {"database", "migrations", "redis", "storage"}


def test_metrics_are_for_loopback_alone(cast: Cast):
    from django.test import Client as HttpClient

    assert b"dam_requests_total" in HttpClient().get("/metrics").content
    assert HttpClient(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 404


def test_only_a_proxy_on_loopback_names_the_client(cast: Cast):
    from django.test import Client as HttpClient

    assert HttpClient(headers={"X-Real-IP": "192.0.2.7"}).get("/metrics").status_code == 404
    outside = HttpClient(REMOTE_ADDR="192.0.2.7", headers={"X-Real-IP": "127.0.0.1"})
    assert outside.get("/metrics").status_code == 404
