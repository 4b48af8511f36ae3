"""A store on a bad day: whatever it answers, no master is acknowledged that is not locked and whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dam.core import storage, tenancy
from dam.core.storage import reading
from ingest.manifest import manifest_key
from ingest.models import Manifest
from tests.cast import Cast
from tests.faults import storms
from tests.faults.fault_proxy import (
    CONDITION_DROPPED,
    DENIED,
    ERROR_IN_200,
    FLIPPED,
    FLIPPED_REQUEST,
    FOR_EVER,
    GARBAGE,
    INTERNAL_ERROR,
    LOCK_DROPPED,
    LOCK_HEADERS,
    LOCK_HIDDEN,
    LOST_REPLY,
    NO_VERSION_ID,
    NOT_IMPLEMENTED,
    PLAIN_ETAGS,
    SILENCE,
    SLOW_DOWN,
    SWALLOWED,
    TRUNCATED,
    WRONG_VERSION_ID,
    Fault,
    FaultProxy,
    lock_until,
    trickle,
)
from tests.faults.proxied import proxied_store
from tests.faults.storms import Delivery
from tests.ingest.sending import error_of

Call = tuple[str, str]

EVERY_CALL = {
    "list copies": storms.LIST_COPIES,
    "list versions": storms.LIST_VERSIONS,
    "first staged bytes": storms.STAGED_BYTES,
    "open copy": storms.OPEN_COPY,
    "copy part": storms.COPY_PART,
    "complete copy": storms.COMPLETE_COPY,
    "look": storms.LOOK,
    "read back": storms.READ_BACK,
    "look for manifest": storms.LOOK_FOR_MANIFEST,
    "manifest": storms.MANIFEST,
    "drop parts": storms.DROP_PARTS,
    "drop staged": storms.DROP_STAGED,
}
XML_CALLS = ("list copies", "list versions", "open copy", "copy part", "complete copy")
BODIES = {
    "first": (storms.STAGED_BYTES, 1),
    "staged": (storms.STAGED_BYTES, 2),
    "back": (storms.READ_BACK, 1),
}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """The store behind the proxy, with little patience; parts are put past it."""
    with proxied_store(monkeypatch, timeout_s=1) as proxy:
        yield proxy


@pytest.fixture
def cast(committed_cast: Cast, store: FaultProxy) -> Cast:
    return committed_cast


def without_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_ATTEMPTS", "1")
    storage.forget()


@pytest.mark.parametrize("call", EVERY_CALL.values(), ids=EVERY_CALL.keys())
def test_an_answer_that_got_lost_doubles_nothing(store: FaultProxy, cast: Cast, call: Call) -> None:
    delivery = Delivery(cast)
    rule = store.add(*call, LOST_REPLY)

    job = delivery.run()

    assert rule.hits == 1
    assert job.state == "succeeded", job.error
    delivery.assert_safe()


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        (SLOW_DOWN, EVERY_CALL),
        (SILENCE, EVERY_CALL),
        (ERROR_IN_200, XML_CALLS),
        (GARBAGE, XML_CALLS),
        (TRUNCATED, XML_CALLS),
    ],
    ids=lambda each: each.name if isinstance(each, Fault) else "",
)
def test_a_store_that_fails_at_every_call_once_is_got_over(
    store: FaultProxy, cast: Cast, fault: Fault, names: Iterable[str]
) -> None:
    delivery = Delivery(cast)
    rules = {name: store.add(*EVERY_CALL[name], fault) for name in names}

    job = delivery.run()

    assert {name: rule.hits for name, rule in rules.items()} == dict.fromkeys(names, 1)
    assert job.state == "succeeded", job.error
    delivery.assert_safe()


@pytest.mark.parametrize("fault", [TRUNCATED, FLIPPED], ids=lambda each: each.name)
@pytest.mark.parametrize(("call", "nth"), BODIES.values(), ids=BODIES.keys())
def test_bytes_that_arrive_damaged_once_are_read_again(
    store: FaultProxy, cast: Cast, call: Call, nth: int, fault: Fault
) -> None:
    delivery = Delivery(cast)
    rule = store.add(*call, fault, nth=nth)

    job = delivery.run()

    assert rule.hits == 1
    assert job.state == "succeeded", job.error
    delivery.assert_safe()


@pytest.mark.parametrize("call", EVERY_CALL.values(), ids=EVERY_CALL.keys())
def test_a_lasting_outage_ends_the_job_in_words_and_nothing_is_acknowledged(
    store: FaultProxy, cast: Cast, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_retries(monkeypatch)
    delivery = Delivery(cast)
    rule = store.add(*call, INTERNAL_ERROR, times=FOR_EVER)

    job = delivery.run()

    assert rule.hits >= 1
    if call in (storms.DROP_PARTS, storms.DROP_STAGED):  # after the acknowledgement: the janitor's to mend
        assert job.state == "succeeded", job.error
    else:
        assert (error_of(job), job.attempts) == ("storage-unavailable", 3)
        delivery.assert_nothing_acknowledged()
    store.mend()
    assert delivery.run().state == "succeeded"
    delivery.assert_safe()


@pytest.mark.parametrize("fault", [DENIED, NOT_IMPLEMENTED], ids=lambda each: each.name)
def test_a_store_that_copies_nothing_gets_the_bytes_carried(
    store: FaultProxy, cast: Cast, fault: Fault
) -> None:
    delivery = Delivery(cast)
    rule = store.add(*storms.COPY_PART, fault)

    job = delivery.run()

    assert (rule.hits, job.state, job.attempts) == (1, "succeeded", 1), job.error
    delivery.assert_safe()


# --- locks -------------------------------------------------------------------------------------------


def test_a_store_that_ignores_the_lock_of_a_multipart_upload_is_asked_again(
    store: FaultProxy, cast: Cast
) -> None:
    delivery = Delivery(cast)
    dropped = store.add(*storms.OPEN_COPY, LOCK_DROPPED)
    store.add(*storms.LOOK, LOCK_HIDDEN)
    asked = store.add(*storms.RETENTION, Fault("as it is"))

    assert delivery.run().state == "succeeded"

    assert (dropped.hits, asked.hits) == (1, 1)
    delivery.assert_safe()


@pytest.mark.parametrize(
    "shown",
    [LOCK_HIDDEN, lock_until((datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))],
    ids=["no lock", "a lock too short"],
)
def test_a_store_that_does_not_lock_gets_no_acknowledgement(
    store: FaultProxy, cast: Cast, shown: Fault
) -> None:
    delivery = Delivery(cast)
    store.add(*storms.OPEN_COPY, LOCK_DROPPED, times=FOR_EVER)
    store.add(*storms.LOOK, shown, times=FOR_EVER)
    swallowed = store.add(*storms.RETENTION, SWALLOWED, times=FOR_EVER)

    job = delivery.run()

    assert swallowed.hits >= 1
    assert error_of(job) == "not-locked"
    assert "lock" in (job.error or {})["detail"]
    delivery.assert_nothing_acknowledged()
    store.mend()
    assert delivery.run().state == "succeeded"
    delivery.assert_safe()


@pytest.mark.parametrize("fault", [NO_VERSION_ID, WRONG_VERSION_ID, PLAIN_ETAGS], ids=lambda each: each.name)
def test_answers_of_another_form_lead_to_the_same_master(store: FaultProxy, cast: Cast, fault: Fault) -> None:
    delivery = Delivery(cast)
    for call in (storms.COPY_PART, storms.COMPLETE_COPY):
        store.add(*call, fault)

    assert delivery.run().state == "succeeded"

    delivery.assert_safe()


def test_a_store_without_conditions_writes_over_no_manifest(store: FaultProxy, cast: Cast) -> None:
    delivery = Delivery(cast)
    key = manifest_key(cast.org_id, delivery.sha256, 0)
    # What a job leaves that dies before its commit, as another job finds it.
    left = json.dumps({"left by": "another", "master": {"version_id": "v"}}).encode()
    storage.put_bytes("promoter", "masters", key, left, content_type="application/json")
    store.add(*storms.MANIFEST, CONDITION_DROPPED, times=FOR_EVER)

    assert delivery.run().state == "succeeded"

    assert storage.get_bytes("promoter", "masters", key) == left
    with tenancy.scope(cast.org_id):
        chain = list(Manifest.objects.order_by("number"))
    assert [each.number for each in chain] == [0, 1]
    assert chain[1].document["previous"] == chain[0].digest


def test_a_manifest_is_locked_whatever_the_bucket_does_by_itself(store: FaultProxy, cast: Cast) -> None:
    delivery = Delivery(cast)

    assert delivery.run().state == "succeeded"

    [written] = [each for each in store.seen if re.search(storms.MANIFEST[1], each.target) and each.body]
    assert {name.lower() for name in written.headers} >= set(LOCK_HEADERS)


def test_a_manifest_damaged_on_its_way_is_refused_and_written_again(store: FaultProxy, cast: Cast) -> None:
    delivery = Delivery(cast)
    rule = store.add(*storms.MANIFEST, FLIPPED_REQUEST)

    assert delivery.run().state == "succeeded"

    assert rule.hits == 1
    delivery.assert_safe()


def test_a_store_that_trickles_is_given_up_and_the_job_runs_again(
    store: FaultProxy, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "GRACE_S", 0.3)
    delivery = Delivery(cast)
    rule = store.add(*storms.READ_BACK, trickle(50))

    job = delivery.run()

    assert (rule.hits, job.state, job.attempts) == (1, "succeeded", 2)
    delivery.assert_safe()


def test_a_read_that_breaks_off_goes_on_where_it_broke_off(
    store: FaultProxy, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FURTHER_BYTES", 1)
    delivery = Delivery(cast)
    half = Fault("half", after=lambda reply: replace(reply, cut_after=max(1, len(reply.body) // 2)))
    rule = store.add(*storms.READ_BACK, half, times=FOR_EVER)

    job = delivery.run()

    assert (job.state, job.attempts) == ("succeeded", 1), job.error
    assert rule.hits > reading.MOST_RESUMED
    delivery.assert_safe()


def test_a_read_that_gets_no_further_is_given_up(
    store: FaultProxy, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_retries(monkeypatch)
    delivery = Delivery(cast)
    nothing = Fault("nothing", after=lambda reply: replace(reply, cut_after=0))
    rule = store.add(*storms.READ_BACK, nothing, times=reading.MOST_RESUMED + 1)

    job = delivery.run()

    assert (rule.hits, job.state, job.attempts) == (reading.MOST_RESUMED + 1, "succeeded", 2), job.error
    delivery.assert_safe()
