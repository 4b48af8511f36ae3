"""The hot door answers what the ordinary way answers, byte for byte, whoever asks whatever."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection

from comments.models import Comment
from dam.core import tenancy, wire
from dam.core.access import Role
from dam.core.observing import process
from dam.core.web import hot_door
from orgs.models import ApiToken
from orgs.services import Place, Reach, issue_token, revoke_token, set_grant
from orgs.tokens import token_hash
from tests.cast import Api, Browser, Cast, new_person
from tests.shares.gallery import make_asset

UNKNOWN = "00000000-0000-7000-8000-000000000000"
REQUEST_ID = "the-same-for-both"
WHO = ["owner", "editor", "reviewer", "viewer", "stranger", "nobody"]


@dataclass(frozen=True)
class Told:
    """An answer as a server sends it."""

    status: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


def environ(address: str, *, token: str | None = None, method: str = "GET", **given: str) -> dict[str, Any]:
    parts = urlsplit(address)
    made: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "testserver",
        "HTTP_X_REQUEST_ID": REQUEST_ID,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    if token is not None:
        made["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return made | given


def ordinary(asked: dict[str, Any]) -> Told:
    """Ask Django."""
    told: list[Any] = []
    django: Any = get_wsgi_application()
    response = django(asked, lambda status, headers: told.extend((status, headers)))
    response.close()
    return Told(told[0], dict(told[1]), response.content)


def hot(asked: dict[str, Any]) -> Told | None:
    """Ask the hot door alone."""
    told: list[Any] = []
    body = hot_door.serve(asked, lambda status, headers: told.extend((status, headers)))  # type: ignore[arg-type]  # as much as is asked of it
    return None if body is None else Told(told[0], dict(told[1]), b"".join(body))


def both(address: str, **given: str) -> tuple[Told, Told]:
    """Ask as the server does, the hot door first, and ask Django alone."""
    asked = environ(address, **given)
    return hot(asked) or ordinary(asked), ordinary(environ(address, **given))


def comparable(told: Told) -> Told:
    """Signatures of addresses end at their own second."""
    return Told(told.status, told.headers, re.sub(rb"/e/[^\"]+", b"/e/", told.body))


def token_of(api: Api) -> str | None:
    return api.headers.get("Authorization", "").removeprefix("Bearer ") or None


def queries(cast: Cast, cursor: str) -> list[str]:
    """Return what the list of assets is asked for, well and badly."""
    return [
        "",
        "?limit=1",
        f"?limit=1&cursor={cursor}",
        f"?limit=2&cursor={cursor}",
        "?cursor=forged",
        "?limit=0",
        "?limit=abc&unknown=1",
        "?limit=1&limit=2",
        "?sort=title&count=exact",
        "?offset=1&limit=1&count=capped",
        "?include=thumbnail",
        "?q=shot&kind=video",
        "?q=%00",
        "?trashed=true",
        f"?org={cast.org_id}",
        f"?org={UNKNOWN}",
        f"?project={cast.project.id}",
        f"?project={cast.foreign.id}",
        "?project=nonsense",
        "?format=csv",
    ]


def lists(cast: Cast) -> list[str]:
    """Return addresses of hot reads, good ones and bad ones."""
    assets = [make_asset(cast, title=f"Shot {number}") for number in range(3)]
    asset, version = assets[0]
    with tenancy.scope(cast.org_id):
        Comment.objects.create(version=version, author_user=cast.owner.person, body="Grüße 🎬")
    seen = cast.owner.get("/api/assets?limit=1")
    cursor = urlsplit(seen["next"]).query.split("cursor=")[1]
    return [f"/api/assets{each}" for each in queries(cast, cursor)] + [
        f"/api/assets/{asset.id}",
        f"/api/assets/{asset.id}?include=thumbnail",
        f"/api/assets/{asset.id}?org={cast.org_id}",
        f"/api/assets/{UNKNOWN}",
        "/api/assets/" + "x" * 36,
        f"/api/assets/{asset.id}/comments",
        f"/api/assets/{asset.id}/comments?limit=1&sort=x",
        f"/api/versions/{version.id}/comments?limit=1",
        f"/api/versions/{asset.id}/comments",
    ]


def test_both_ways_answer_the_same_whoever_asks(committed_cast: Cast) -> None:
    addresses = lists(committed_cast)
    short = 0
    for who in WHO:
        token = token_of(getattr(committed_cast, who))
        for address in addresses:
            given = {"token": token} if token else {}
            served, expected = both(address, **given)
            assert comparable(served) == comparable(expected), (who, address)
            again = hot(environ(address, **given))
            assert again is None or comparable(again) == comparable(expected), (who, address)
            short += again is not None

    # Everything that succeeds and names nobody unknown came the short way; nobody's requests never do.
    assert short > 60


@pytest.mark.parametrize("who", ["owner", "viewer"])
def test_the_portals_session_comes_through_and_tells_caches_so(committed_cast: Cast, who: str) -> None:
    browser = Browser(getattr(committed_cast, who).person)
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.http.cookies[settings.SESSION_COOKIE_NAME].value}"
    for address in lists(committed_cast):
        served, expected = both(address, HTTP_COOKIE=cookie)
        assert comparable(served) == comparable(expected), address

    told = hot(environ("/api/assets", HTTP_COOKIE=cookie))
    assert told is not None
    assert told.headers["Vary"] == "Cookie"


def test_narrow_and_read_only_tokens_are_judged_the_same(committed_cast: Cast) -> None:
    addresses = lists(committed_cast)
    owner = committed_cast.owner.person
    for token in (
        issue_token(user=owner, reach=Reach(can_write=False)),
        issue_token(user=owner, reach=Reach(project=committed_cast.project)),
    ):
        for address in addresses:
            served, expected = both(address, token=token)
            assert comparable(served) == comparable(expected), address


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"REQUEST_METHOD": "HEAD"}, "another method"),
        ({"HTTP_ACCEPT": "text/html"}, "another form of answer"),
        ({"HTTP_HOST": "elsewhere.example"}, "another host"),
        ({"PATH_INFO": "/api/assets/"}, "another path"),
        ({"PATH_INFO": "/api/collections"}, "a view that is not asked often"),
        ({"HTTP_AUTHORIZATION": "Bearer dam_nobody-has-this-one"}, "an unknown token"),
        ({"HTTP_AUTHORIZATION": "Basic eA=="}, "other credentials"),
        ({"QUERY_STRING": "a&" * 600}, "an endless query"),
        ({"SCRIPT_NAME": "/below"}, "another root"),
        ({"HTTP_COOKIE": "nothing=known"}, "a cookie of somebody else's"),
    ],
)
def test_what_is_unusual_goes_to_the_framework(
    committed_cast: Cast, changes: dict[str, str], words: str
) -> None:
    given = {"token": token_of(committed_cast.owner) or ""} if "HTTP_COOKIE" not in changes else {}

    served, expected = both("/api/assets", **given, **changes)

    assert hot(environ("/api/assets", **given, **changes)) is None, words
    assert served == expected


def test_rights_taken_away_are_gone_with_the_next_request(committed_cast: Cast) -> None:
    person = new_person("late")
    with tenancy.scope(committed_cast.org_id):
        grant, _ = set_grant(user=person, place=Place(project=committed_cast.project), role=Role.VIEWER)
    make_asset(committed_cast)
    asked = {"token": issue_token(user=person)}
    before = [hot(environ("/api/assets", **asked)) for _ in range(3)]
    assert all(each is not None and each.json["results"] for each in before)

    with tenancy.scope(committed_cast.org_id):
        grant.delete()

    served, expected = both("/api/assets", **asked)
    assert served == expected
    assert not served.json.get("results")


def test_a_revoked_token_opens_nothing_with_the_next_request(committed_cast: Cast) -> None:
    owner = committed_cast.owner
    token = issue_token(user=owner.person)
    assert all(hot(environ("/api/assets", token=token)) is not None for _ in range(3))

    revoke_token(ApiToken.objects.get(token_hash=token_hash(token)), actor=owner.actor)

    served, expected = both("/api/assets", token=token)
    assert served == expected
    assert served.status.startswith("401")


def warm_up(address: str, *, token: str | None) -> None:
    """Ask on every connection: those that tests before have left may be dead, or have forgotten what they prepared."""
    connection.close()
    for _ in range(12):
        hot(environ(address, token=token))


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


def test_a_failure_is_met_once_and_told_by_the_framework(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets.api.assets import AssetView

    met: list[int] = []

    def fails(view: Any, request: Any, **_: str) -> None:
        met.append(1)
        raise RuntimeError("something nobody foresaw")

    monkeypatch.setattr(AssetView, "get", fails)
    asked = environ(f"/api/assets/{UNKNOWN}", token=token_of(committed_cast.owner))
    monkeypatch.setattr(AssetView, "admit", lambda view, request: None)
    assert hot(asked) is None
    told = ordinary(asked)

    assert told.status.startswith("500")
    assert told.json["request_id"] == REQUEST_ID
    assert met == [1]
