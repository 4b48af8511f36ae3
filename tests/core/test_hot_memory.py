"""What the hot door remembers of requests, lists and connections is as fresh as the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from dam.core import wire
from dam.core.observing import process
from tests.cast import Cast
from tests.core.two_doors import both, comparable, environ, hot, ordinary, token_of, warm_up
from tests.shares.gallery import make_asset


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return where it is noted how many statements each message to the database holds."""
    sent: list[int] = []
    send = wire._sent

    def counted(link: Any, calls: Any) -> Any:
        sent.append(len(calls))
        return send(link, calls)

    monkeypatch.setattr(wire, "_sent", counted)
    return sent


def test_who_asks_and_the_page_come_in_one_round_trip(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(committed_cast.viewer)
    warm_up("/api/assets", token=token)
    sent = counting(monkeypatch)

    assert hot(environ("/api/assets?limit=7", token=token)) is not None

    assert sent == [2]


def test_every_page_of_a_list_that_was_asked_for_before_is_the_ordinary_one(committed_cast: Cast) -> None:
    token = token_of(committed_cast.viewer) or ""
    for number in range(3):
        make_asset(committed_cast, title=f"Shot {number}")
    for way in ("limit=1&sort=title", "sort=-created_at&limit=1&include=thumbnail"):
        address, seen = f"/api/assets?{way}", []
        assert hot(environ(address, token=token)) is not None
        for direction in ("next", "next", "previous", "previous"):
            told, expected = hot(environ(address, token=token)), ordinary(environ(address, token=token))
            assert told is not None
            assert comparable(told) == comparable(expected)
            seen.append(told.json["results"][0]["title"])
            address = told.json[direction].removeprefix(settings.PORTAL_URL)
        assert len(set(seen)) == 3
        assert seen[1] == seen[3]

        cursor = address.split("cursor=")[1]
        for bad in (f"{way}&cursor=forged", f"{way}&kind=video&cursor={cursor}", f"{way}&cursor="):
            served, expected = both(f"/api/assets?{bad}", token=token or "")
            assert served == expected


def test_a_list_that_was_asked_for_before_shows_what_has_come_since(committed_cast: Cast) -> None:
    token = token_of(committed_cast.viewer)
    make_asset(committed_cast, title="First")
    assert [hot(environ("/api/assets", token=token)) is not None for _ in range(2)] == [True, True]

    make_asset(committed_cast, title="Second")

    told = hot(environ("/api/assets", token=token))
    assert told is not None
    assert [each["title"] for each in told.json["results"]] == ["Second", "First"]


@pytest.mark.parametrize("way", ["", "&q=shot", "&sort=title", "&field.grade__gte=2"])
def test_what_a_page_knows_of_custom_fields_is_as_fresh_as_the_page(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    owner, token = committed_cast.owner, token_of(committed_cast.viewer)
    niche = {"org": str(committed_cast.org_id), "name": "niche", "type": "text"}
    made = owner.post("/api/fields", niche).json
    owner.post("/api/fields", niche | {"name": "grade", "type": "number"})
    for number in range(3):
        asset, _ = make_asset(committed_cast, title=f"Shot {number}")
        held = {"fields": {"niche": 'fast, "cars"', "grade": 3}}
        assert owner.patch(f"/api/assets/{asset.id}", held).status == 200
    list_of = f"/api/assets?limit=1&field.niche=fast,%20%22cars%22{way}"
    warm_up(list_of, token=token)
    sent = counting(monkeypatch)

    address = list_of
    for direction in ("next", "next", "previous"):
        told, expected = hot(environ(address, token=token)), ordinary(environ(address, token=token))
        assert told is not None
        assert comparable(told) == comparable(expected)
        address = told.json[direction].removeprefix(settings.PORTAL_URL)
    assert sent == [3, 3, 3]

    assert owner.delete(f"/api/fields/{made['id']}?force=true").status == 204
    served, expected = both(list_of, token=token or "")
    assert served == expected
    assert served.status.startswith("400")


def test_a_request_survives_that_the_database_has_closed_every_connection(committed_cast: Cast) -> None:
    token = token_of(committed_cast.owner)
    assert hot(environ("/api/assets", token=token)) is not None
    pool = process.database_pool()
    assert pool is not None
    connection.close()
    for each in [pool.getconn() for _ in range(pool.max_size)]:
        pool.putconn(each)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
        )
    connection.close()

    told = hot(environ("/api/assets", token=token))

    assert told is not None
    assert told.status.startswith("200")


def test_a_connection_that_remembers_a_foreign_tenant_shows_nothing_of_it(committed_cast: Cast) -> None:
    token = token_of(committed_cast.owner)
    make_asset(committed_cast, project_id=committed_cast.foreign.id)
    asset, _ = make_asset(committed_cast)
    assert hot(environ("/api/assets", token=token)) is not None
    pool = process.database_pool()
    assert pool is not None
    connection.close()
    lent = [pool.getconn() for _ in range(pool.max_size)]
    for each in lent:
        each.execute(
            "SELECT set_config('app.organization_id', %s, false)",
            [str(committed_cast.foreign.organization_id)],
        )
        pool.putconn(each)

    told = hot(environ("/api/assets", token=token))

    assert told is not None
    assert [each["id"] for each in told.json["results"]] == [str(asset.id)]
