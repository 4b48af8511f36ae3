"""The same request from many sides at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from assets.models import Master, Version
from dam.core import tenancy
from ingest.models import Upload
from orgs.models import Organization
from tests.cast import Answer, Cast
from tests.ingest.sending import (
    digest,
    fresh_bytes,
    masters_of,
    presign,
    presign_body,
    promote,
    run_job,
    send_parts,
    upload,
)

BODY = b"hello world"


@pytest.fixture
def cast(committed_cast: Cast) -> Cast:
    return committed_cast


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    def call(each: Callable[[], object]) -> object:
        try:
            return each()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def test_completing_from_four_sides_is_completing_once(cast: Cast) -> None:
    opened = presign(cast)
    ledger = {"parts": send_parts(opened, BODY)}
    path = f"/api/uploads/{opened['upload']['id']}/complete"

    answers = at_once([lambda: cast.editor.post(path, ledger)] * 4)

    assert [each.status for each in answers if isinstance(each, Answer)] == [200] * 4


def test_promoting_from_four_sides_is_one_job(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)

    answers = at_once([lambda: promote(cast, done["staging_key"], digest(body))] * 4)

    found = [each for each in answers if isinstance(each, Answer)]
    assert sorted(each.status for each in found) == [200, 200, 200, 202]
    assert len({each["id"] for each in found}) == 1


def test_two_uploads_of_the_same_bytes_make_one_master(cast: Cast) -> None:
    body = fresh_bytes(300_000)
    keys = [upload(cast, body)["staging_key"] for _ in range(3)]
    answers = [promote(cast, each, digest(body)) for each in keys]

    at_once([lambda each=each: run_job(each) for each in answers])  # type: ignore[misc]  # bound at once

    assert len(masters_of(cast, digest(body))) == 1
    with tenancy.scope(cast.org_id):
        assert Master.objects.count() == 1
        assert Version.objects.count() == 3
        assert Organization.objects.get(id=cast.org_id).storage_used == len(body)


def test_the_last_room_goes_to_one_of_many(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        Organization.objects.filter(id=cast.org_id).update(storage_limit=25)

    answers = at_once([lambda: cast.editor.post("/api/presign", presign_body(cast))] * 5)

    statuses = sorted(each.status for each in answers if isinstance(each, Answer))
    assert statuses == [201, 201, 409, 409, 409]
    with tenancy.scope(cast.org_id):
        assert Upload.objects.count() == 2
