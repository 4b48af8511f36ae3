"""A store on a bad day, while somebody sends a file: what a client waits for, and what comes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dam.core import storage
from tests.cast import Cast
from tests.faults import storms
from tests.faults.fault_proxy import (
    ERROR_IN_200,
    FLIPPED_REQUEST,
    FOR_EVER,
    GARBAGE,
    LOST_REPLY,
    NOT_IMPLEMENTED,
    SILENCE,
    SMALL_PAGES,
    Fault,
    FaultProxy,
)
from tests.faults.proxied import proxied_store
from tests.faults.storms import Delivery
from tests.ingest.sending import error_of, presign, put, send_parts

Call = tuple[str, str]
OPEN_UPLOAD = ("POST", r"^/staging/.+\?uploads")
LIST_PARTS = ("GET", r"^/staging/.+uploadId=")
COMPLETE_UPLOAD = ("POST", r"^/staging/.+uploadId=")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """The store behind the proxy, with little patience; parts are put past it."""
    with proxied_store(monkeypatch, timeout_s=1) as proxy:
        yield proxy


@pytest.fixture
def cast(committed_cast: Cast, store: FaultProxy) -> Cast:
    return committed_cast


@pytest.mark.parametrize("fault", [SILENCE, LOST_REPLY, ERROR_IN_200, GARBAGE], ids=lambda each: each.name)
@pytest.mark.parametrize(
    "call", [OPEN_UPLOAD, LIST_PARTS, COMPLETE_UPLOAD], ids=["open", "parts", "complete"]
)
def test_a_request_is_answered_or_may_be_repeated(
    store: FaultProxy, cast: Cast, call: Call, fault: Fault
) -> None:
    rule = store.add(*call, fault)
    body = os.urandom(1000)

    opened = presign(cast, size=len(body))
    opened = opened if opened.status == 201 else presign(cast, size=len(body))
    parts = {"parts": send_parts(opened, body)}
    path = f"/api/uploads/{opened['upload']['id']}/complete"
    done = cast.editor.post(path, parts)
    if done.status != 200:
        assert (done.status, done.problem, done.headers["Retry-After"]) == (503, "storage-unavailable", "5")
        done = cast.editor.post(path, parts)

    assert rule.hits == 1
    assert (done.status, done["state"]) == (200, "uploaded")
    assert cast.editor.post(path, parts).json == done.json
    storms.assert_sound(cast)


def test_a_silent_store_keeps_nobody_waiting_and_no_quota(store: FaultProxy, cast: Cast) -> None:
    rule = store.add(*OPEN_UPLOAD, SILENCE, times=FOR_EVER)

    answer = presign(cast)

    assert (answer.status, answer.problem) == (503, "storage-unavailable")
    # A second each, and random waits of at most 1 s and 2 s between them.
    assert rule.hits == 3
    assert cast.owner.get(f"/api/orgs/{cast.org_id}")["storage_used"] == 0
    storms.assert_sound(cast)


def test_a_ledger_that_comes_in_small_pages_is_read_whole(store: FaultProxy, cast: Cast) -> None:
    rule = store.add(*LIST_PARTS, SMALL_PAGES, times=FOR_EVER)

    delivery = Delivery(cast, size=17 * 1024**2)

    assert rule.hits >= 2
    assert len(cast.editor.get(f"/api/uploads/{delivery.upload['id']}")["received"]) == 2


def test_a_part_damaged_on_its_way_never_becomes_a_master(
    store: FaultProxy, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_PUBLIC_URL", store.url)
    storage.forget()
    store.add("PUT", r"^/staging/.+partNumber=", FLIPPED_REQUEST)

    delivery = Delivery(cast)
    job = delivery.run()

    assert error_of(job) == "digest-mismatch"
    delivery.assert_nothing_acknowledged()


def test_a_part_whose_answer_got_lost_is_sent_again(
    store: FaultProxy, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_PUBLIC_URL", store.url)
    storage.forget()
    rule = store.add("PUT", r"^/staging/.+partNumber=", LOST_REPLY)
    opened = presign(cast)
    [part] = opened["parts"]

    with pytest.raises(OSError, match=r"closed|reset"):
        put(part["url"], b"hello world")
    status, etag = put(part["url"], b"hello world")

    assert (rule.hits, status) == (1, 200)
    path = f"/api/uploads/{opened['upload']['id']}/complete"
    assert cast.editor.post(path, {"parts": [{"number": 1, "etag": etag}]}).status == 200


def test_a_store_that_does_not_list_parts_takes_uploads_all_the_same(store: FaultProxy, cast: Cast) -> None:
    store.add("GET", r"^/staging/.+uploadId=", NOT_IMPLEMENTED, times=FOR_EVER)
    opened = presign(cast)
    path = f"/api/uploads/{opened['upload']['id']}"
    ledger = send_parts(opened, b"hello world")

    assert cast.editor.get(path)["received"] == []
    incomplete = cast.editor.post(f"{path}/complete", {"parts": []})
    store.add("POST", r"^/staging/.+uploadId=", LOST_REPLY)
    done = cast.editor.post(f"{path}/complete", {"parts": ledger})
    done = done if done.status == 200 else cast.editor.post(f"{path}/complete", {"parts": ledger})

    assert incomplete.problem == "part-mismatch"
    assert (done.status, done["state"]) == (200, "uploaded")
    assert cast.editor.post(f"{path}/complete", {"parts": ledger}).status == 200
