"""The hot door answers what the ordinary way answers, byte for byte, whoever asks whatever."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from comments.models import Comment
from dam.core import tenancy
from dam.core.access import Role
from orgs.models import ApiToken
from orgs.services import Place, Reach, issue_token, revoke_token, set_grant
from orgs.tokens import token_hash
from tests.cast import Browser, Cast, new_person
from tests.core.two_doors import REQUEST_ID, UNKNOWN, both, comparable, environ, hot, ordinary, token_of
from tests.shares.gallery import make_asset

WHO = ["owner", "editor", "reviewer", "viewer", "stranger", "nobody"]


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
