"""What viewers see while storage is slow, silent, wrong or gone."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from previews.edge_tokens import Kind
from tests.edge.conftest import SEGMENT, Published
from tests.edge.running import Edge, Origin, all_at_once, wait_for

CROWD = 200


@pytest.mark.parametrize(
    ("kind", "rest"), [(Kind.HLS, "v0/00000.m4s"), (Kind.IMG, "poster.webp"), (Kind.MP4, "proxy.mp4")]
)
def test_crowd_on_a_cold_object_costs_one_fetch(
    nginx: Edge, origin: Origin, publish: Callable[..., Published], kind: Kind, rest: str
) -> None:
    fresh = publish(nginx)

    with origin.failing(delay_s=0.3):
        answers = all_at_once(CROWD, lambda: fresh.get(rest, kind=kind))

    assert {answer.body for answer in answers} == {fresh.files[kind, rest]}
    assert origin.fetches(fresh.grant.digest) == 1


def test_crowd_on_a_growing_playlist_costs_one_fetch_at_a_time(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    fresh = publish(nginx, files={(Kind.HLS, "live.m3u8"): b"#EXTM3U\n"})

    with origin.failing(delay_s=0.1):
        answers = all_at_once(CROWD, lambda: fresh.get("live.m3u8"))

    assert {answer.status for answer in answers} == {200}
    assert origin.fetches(fresh.grant.digest) <= 3


def test_hot_objects_are_served_while_storage_is_gone(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    hot = publish(nginx)
    for kind, rest in hot.files:
        hot.get(rest, kind=kind)

    with origin.failing(is_gone=True):
        answers = {key: hot.get(key[1], kind=key[0]) for key in hot.files}
        part = hot.get("v0/00000.m4s", headers={"Range": "bytes=5-9"})

    assert {key: answer.body for key, answer in answers.items()} == hot.files
    assert (part.status, part.body) == (206, SEGMENT[5:10])


def test_cold_object_is_refused_at_once_while_storage_is_gone(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    cold = publish(nginx)

    with origin.failing(is_gone=True):
        began = time.monotonic()
        answers = all_at_once(CROWD, cold.get)
        took_s = time.monotonic() - began

    assert {answer.status for answer in answers} == {502}
    assert {answer.headers["Retry-After"] for answer in answers} == {"5"}
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in answers} == {"*"}
    assert took_s < 3


def test_silent_storage_is_given_up(nginx: Edge, origin: Origin, publish: Callable[..., Published]) -> None:
    cold = publish(nginx)

    with origin.failing(is_silent=True):
        began = time.monotonic()
        answer = cold.get(timeout_s=20)
        took_s = time.monotonic() - began
        again = cold.get()

    assert answer.status == 504
    assert answer.headers["Retry-After"] == "5"
    assert took_s < nginx.config.storage.timeout_s + 2
    assert again.status in {502, 504}


STORAGE_SAYS = {403: 502, 401: 502, 400: 502, 301: 502, 307: 502, 500: 502, 503: 503, 429: 503, 404: 404}


@pytest.mark.parametrize(("said", "shown"), STORAGE_SAYS.items())
def test_refusal_of_storage_is_shown_as_an_outage(
    nginx: Edge, origin: Origin, publish: Callable[..., Published], said: int, shown: int
) -> None:
    cold = publish(nginx)

    with origin.failing(status=said):
        first, second = cold.get(), cold.get()

    assert first.status == shown
    assert second.status in {shown, 502}
    assert b"storage words" not in first.body + second.body
    assert (first.headers["Retry-After"] is None) == (shown == 404)


def test_object_is_served_again_soon_after_an_outage(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    cold = publish(nginx)
    with origin.failing(status=503):
        assert cold.get().status == 503

    assert wait_for(lambda: cold.get().status == 200, timeout_s=5)


def test_wrong_storage_secret_is_shown_as_an_outage_and_hot_objects_play_on(
    start_edge: Callable[..., Edge], publish: Callable[..., Published]
) -> None:
    own = start_edge()
    hot, cold = publish(own), publish(own)
    assert hot.get().status == 200

    own.reload(storage=replace(own.config.storage, secret="not-the-secret"))

    assert cold.get().status == 502
    assert hot.get().status == 200


def test_growing_playlist_outlives_a_short_outage_and_never_ten_seconds(
    nginx: Edge, origin: Origin, publish: Callable[..., Published]
) -> None:
    # A copy lives to the end of its ten seconds by the clock.
    wait_for(lambda: time.time() % 10 < 5, timeout_s=6)
    growing = publish(nginx, files={(Kind.HLS, "live.m3u8"): b"#EXTM3U\n1"})
    assert growing.get("live.m3u8").status == 200
    fetched_at = time.monotonic()

    with origin.failing(status=503):
        time.sleep(1.5)
        bridged = growing.get("live.m3u8")
        asked_at = time.monotonic()
        while (late := growing.get("live.m3u8")).status == 200:
            assert asked_at - fetched_at < 10
            time.sleep(0.2)
            asked_at = time.monotonic()
    assert (bridged.status, bridged.body) == (200, b"#EXTM3U\n1")
    assert late.status == 503
