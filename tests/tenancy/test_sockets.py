"""Sockets: who may join what, and that whoever loses the right is sent away within five seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from dam.core import tenancy
from dam.core.access import SYSTEM, Role
from dam.core.db import new_id
from orgs.models import ApiToken, Grant, User
from orgs.services import Place, Reach, create_client, create_project, issue_token, remove_grant, set_grant
from orgs.tokens import token_hash
from tests.activity.sockets import Client as Socket
from tests.activity.sockets import LiveProcess, happen, settle
from tests.assets.catalogue import deliver
from tests.cast import Api, Browser, new_person
from tests.shares.gallery import share
from tests.tenancy.house import Corner, House, build_house

MEMBERS = ("owner", "editor", "reviewer", "viewer")
NOT_LOGGED_IN, NOT_VISIBLE = 4401, 4404
PATIENCE_S = 5
A_MOMENT = timedelta(seconds=0.5)


@pytest.fixture(scope="module")
def live() -> Iterator[LiveProcess]:
    process = LiveProcess()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    yield build_house()
    connections.close_all()


def project_feed(project: str | UUID) -> str:
    return f"/ws/projects/{project}/"


def doors_of(corner: Corner) -> list[str]:
    return [project_feed(corner.ids["project"]), f"/ws/versions/{corner.ids['version']}/"]


NOWHERE = [f"/ws/{place}/{key}/" for place in ("projects", "versions") for key in (new_id(), "not-an-id")]


@pytest.mark.parametrize("role", [*MEMBERS, "stranger", "one"])
def test_what_cannot_be_seen_cannot_be_joined(house: House, live: LiveProcess, role: str):
    strange = [house.own, house.hidden] if role == "stranger" else [house.foreign]
    strange += [house.hidden] if role == "one" else []
    corners = strange + [each for each in house.unseen(role) if each not in strange]
    addresses = [*NOWHERE, *(each for corner in corners for each in doors_of(corner))]

    sockets = {each: live.open(each, api=house.caller(role)) for each in addresses}

    assert {each: socket.close_code() for each, socket in sockets.items()} == dict.fromkeys(
        addresses, NOT_VISIBLE
    )


@pytest.mark.parametrize("role", ["nobody", "guest"])
def test_who_is_not_logged_in_is_told_so_whatever_is_there(house: House, live: LiveProcess, role: str):
    addresses = [*NOWHERE, *doors_of(house.own), *doors_of(house.foreign)]

    sockets = {each: live.open(each, api=house.caller(role)) for each in addresses}

    assert {each: socket.close_code() for each, socket in sockets.items()} == dict.fromkeys(
        addresses, NOT_LOGGED_IN
    )


def test_a_link_is_joined_by_its_token_alone(house: House, live: LiveProcess):
    addresses = [f"/ws/s/{key}/" for key in ("w" * 43, house.own.ids["share"], house.own.ids["project"])]

    sockets = [live.open(each, api=house.cast.owner) for each in addresses]

    assert [socket.close_code() for socket in sockets] == [NOT_VISIBLE] * 3


def test_who_may_join_hears_of_that_place_and_of_no_other(house: House, live: LiveProcess):
    own = house.own
    joined = [
        live.open(address, api=house.caller(role)) for role in (*MEMBERS, "one") for address in doors_of(own)
    ]
    joined.append(live.open(f"/ws/s/{own.ids['link']}/"))
    settle(own.organization.id)

    happen(house.foreign.organization.id, house.foreign.project.id)
    happen(house.hidden.organization.id, house.hidden.project.id)
    news = {"id": str(new_id())}
    happen(
        own.organization.id,
        own.project.id,
        event="comment.created",
        asset_id=UUID(own.ids["asset"]),
        version_id=UUID(own.ids["version"]),
        data=news,
    )

    strange = house.hidden.secrets | house.foreign.secrets
    for socket in joined:
        heard = socket.next()
        while heard["data"].get("id") != news["id"]:  # what the house was built with may still come
            assert not [each for each in strange if each in str(heard)]
            heard = socket.next()
        socket.close()


def granted(house: House, place: Place) -> Api:
    """Return a new person who may look at a place."""
    person = new_person("passing")
    with tenancy.scope(house.cast.org_id):
        set_grant(user=person, place=place, role=Role.VIEWER)
    return Api(person)


def bearer(token: str) -> Api:
    return Api(headers={"Authorization": f"Bearer {token}"})


def test_who_loses_the_right_is_sent_away_within_five_seconds(house: House, live: LiveProcess):
    cast, project = house.cast, house.own.project
    with tenancy.scope(cast.org_id):
        first, second = (create_client(actor=SYSTEM, name=name) for name in ("First", "Second"))
        moving = create_project(actor=SYSTEM, name="Moving", client=first)
    by_grant, by_organization = granted(house, Place(project=project)), granted(house, Place())
    by_client, closing = granted(house, Place(client=first)), granted(house, Place(project=project))
    feed = project_feed(project.id)
    sockets = {
        "grant removed": live.open(feed, api=by_grant),
        "role lowered out of sight": live.open(feed, api=by_organization),
        "project moved to another client": live.open(project_feed(moving.id), api=by_client),
        "account closed": live.open(feed, api=closing),
    }
    stays = live.open(feed, api=cast.owner)
    settle(cast.org_id)

    with tenancy.scope(cast.org_id):
        remove_grant(Grant.objects.get(user=by_grant.person), actor=SYSTEM)
        set_grant(user=by_organization.person, place=Place(), role=Role.MEMBER)
    User.objects.filter(id=closing.person.id).update(is_active=False)
    assert cast.owner.patch(f"/api/projects/{moving.id}", {"client": str(second.id)}).status == 200

    assert closed_in_time(sockets) == dict.fromkeys(sockets, NOT_VISIBLE) | {"account closed": NOT_LOGGED_IN}
    happen(cast.org_id, project.id)
    while stays.next()["type"] != "asset.created":
        pass
    stays.close()


def test_a_token_that_ends_takes_its_sockets_along(house: House, live: LiveProcess):
    cast, feed = house.cast, project_feed(house.own.project.id)
    browser = Browser(cast.reviewer.person)
    token = browser.post("/api/tokens", {"scope": "read"})
    expiring = issue_token(
        user=cast.editor.person, reach=Reach(expires_at=timezone.now() + timedelta(hours=1))
    )
    sockets = {
        "token revoked": live.open(feed, api=bearer(token["token"])),
        "token expired": live.open(feed, api=bearer(expiring)),
    }
    settle(cast.org_id)

    assert browser.delete(f"/api/tokens/{token['id']}").status == 204
    ApiToken.objects.filter(token_hash=token_hash(expiring)).update(expires_at=timezone.now())

    assert closed_in_time(sockets) == dict.fromkeys(sockets, NOT_LOGGED_IN)


def test_a_token_that_runs_out_by_the_clock_takes_its_socket_along(house: House, live: LiveProcess):
    ends_at = timezone.now() + timedelta(seconds=3)
    token = issue_token(user=house.cast.editor.person, reach=Reach(expires_at=ends_at))

    socket = live.open(project_feed(house.own.project.id), api=bearer(token))

    assert until_closed(socket) == NOT_LOGGED_IN
    assert ends_at <= timezone.now() < ends_at + timedelta(seconds=PATIENCE_S)


def test_what_leaves_a_share_or_the_project_takes_its_sockets_along(house: House, live: LiveProcess):
    cast = house.cast
    asset, version = deliver(house.own.project)
    revoked, expired, locked = links = [share(cast, asset) for _ in range(3)]
    sockets = dict(
        zip(
            ("share revoked", "share expired", "share locked"),
            [live.open(f"/ws/s/{each['token']}/") for each in links],
            strict=True,
        )
    )
    sockets["asset in the trash"] = live.open(f"/ws/versions/{version.id}/", api=cast.viewer)
    settle(cast.org_id)

    answers = [
        cast.owner.delete(f"/api/shares/{revoked['id']}"),
        cast.owner.patch(f"/api/shares/{expired['id']}", {"expires_at": str(timezone.now() + A_MOMENT)}),
        cast.owner.patch(f"/api/shares/{locked['id']}", {"password": "knock knock"}),
        cast.owner.delete(f"/api/assets/{asset.id}"),
    ]

    assert [each.status for each in answers] == [204, 200, 200, 204]
    assert closed_in_time(sockets) == dict.fromkeys(sockets, NOT_VISIBLE) | {"share locked": NOT_LOGGED_IN}


def closed_in_time(sockets: dict[str, Socket]) -> dict[str, int]:
    """Return the codes that the sockets are closed with, all within the contract's five seconds."""
    started = time.monotonic()
    codes = {why: until_closed(socket) for why, socket in sockets.items()}
    assert time.monotonic() - started < PATIENCE_S + A_MOMENT.total_seconds(), codes
    return codes


def until_closed(socket: Socket) -> int:
    """Return the code of the close, whatever was told before it."""
    while True:
        try:
            socket.connection.recv(timeout=2 * PATIENCE_S)
        except TimeoutError:
            return 0
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
