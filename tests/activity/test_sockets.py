"""Live events over real sockets: who may listen, what arrives, what a reconnecting client gets."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from websockets.exceptions import ConnectionClosed, InvalidStatus

from activity.consumers import MAX_MESSAGES
from activity.services import announce
from dam.core import tenancy
from dam.core.access import Role
from dam.core.db import new_id
from orgs.models import ApiToken, Grant, User
from orgs.services import Place, remove_member, set_grant
from tests.activity.sockets import LiveProcess, happen, settle, wait_until_numbered
from tests.cast import Cast


def feed(cast: Cast) -> str:
    return f"/ws/projects/{cast.project.id}/"


def test_an_event_arrives_as_the_contract_writes_it(committed_cast: Cast, live: LiveProcess) -> None:
    client = live.open(feed(committed_cast), api=committed_cast.viewer)
    settle(committed_cast.org_id)

    asset = happen(committed_cast.org_id, committed_cast.project.id, data={"title": "Opening"})

    event = client.next()
    assert event.pop("at").endswith("Z")
    assert event == {"type": "asset.created", "seq": 1, "data": {"id": str(asset), "title": "Opening"}}
    client.close()


def test_events_of_another_project_or_organisation_stay_away(committed_cast: Cast, live: LiveProcess) -> None:
    client = live.open(feed(committed_cast), api=committed_cast.viewer)
    settle(committed_cast.org_id)
    happen(committed_cast.org_id, None)
    happen(committed_cast.foreign.organization_id, committed_cast.foreign.id)
    asset = happen(committed_cast.org_id, committed_cast.project.id)

    assert client.next()["data"]["id"] == str(asset)
    assert client.is_silent()
    client.close()


def test_nobody_gets_4401_and_a_stranger_4404(committed_cast: Cast, live: LiveProcess) -> None:
    path = feed(committed_cast)
    happen(committed_cast.org_id, committed_cast.project.id)

    assert live.open(f"{path}?since=0").close_code() == 4401
    assert live.open(path, headers={"Authorization": "Bearer dam_wrong"}).close_code() == 4401
    assert live.open(path, headers={"Authorization": "Bearer not.a.jwt"}).close_code() == 4401
    assert live.open(f"{path}?since=0", api=committed_cast.stranger).close_code() == 4404
    assert live.open(f"/ws/projects/{new_id()}/", api=committed_cast.owner).close_code() == 4404
    assert live.open("/ws/projects/nonsense/", api=committed_cast.owner).close_code() == 4404
    assert live.open(f"/ws/s/{'x' * 43}/").close_code() == 4404


@pytest.mark.parametrize("path", ["/ws/", "/ws/projects/", "/ws/nothing/1/", "/elsewhere"])
def test_other_paths_are_refused_in_the_handshake(live: LiveProcess, path: str) -> None:
    with pytest.raises(InvalidStatus):
        live.open(path)


def test_a_foreign_origin_is_refused_in_the_handshake(committed_cast: Cast, live: LiveProcess) -> None:
    path, api = feed(committed_cast), committed_cast.viewer
    for origin in ("http://evil.example", "null", f"{settings.PORTAL_URL}.evil.example"):
        with pytest.raises(InvalidStatus) as refused:
            live.open(path, api=api, headers={"Origin": origin})
        assert refused.value.response.status_code == 403
    live.open(path, api=api, headers={"Origin": settings.PORTAL_URL}).close()


def session_cookie(user: User) -> str:
    browser = Browser()
    browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def test_a_cookie_needs_the_portals_origin(committed_cast: Cast, live: LiveProcess) -> None:
    assert committed_cast.viewer.user
    cookie = session_cookie(committed_cast.viewer.user)

    with pytest.raises(InvalidStatus):
        live.open(feed(committed_cast), headers={"Cookie": cookie})
    client = live.open(feed(committed_cast), headers={"Cookie": cookie, "Origin": settings.PORTAL_URL})
    settle(committed_cast.org_id)
    happen(committed_cast.org_id, committed_cast.project.id)
    assert client.next()["seq"] == 1
    client.close()


def test_a_reconnecting_client_misses_nothing_and_gets_nothing_twice(
    committed_cast: Cast, live: LiveProcess
) -> None:
    project = committed_cast.project.id
    stop = threading.Event()

    def work() -> None:
        for _ in range(60):
            happen(committed_cast.org_id, project)
            if stop.wait(0.01):
                break
        connection.close()

    writer = threading.Thread(target=work)
    writer.start()
    seen: list[int] = []
    while len(seen) < 60:
        client = live.open(
            f"{feed(committed_cast)}?since={seen[-1] if seen else 0}", api=committed_cast.viewer
        )
        seen += [each["seq"] for each in client.take(min(7, 60 - len(seen)))]
        client.close()
    writer.join()

    assert seen == list(range(1, 61))


def test_concurrent_writers_are_numbered_without_gap_in_the_order_of_arrival(
    committed_cast: Cast, live: LiveProcess
) -> None:
    client = live.open(f"{feed(committed_cast)}?since=0", api=committed_cast.viewer)

    def work() -> None:
        for _ in range(10):
            happen(committed_cast.org_id, committed_cast.project.id)
        connection.close()

    writers = [threading.Thread(target=work) for _ in range(5)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()

    assert [each["seq"] for each in client.take(50)] == list(range(1, 51))
    client.close()


@pytest.mark.parametrize("since", ["99", "-1", "never", ""])
def test_a_number_that_was_never_given_asks_the_client_to_fetch_anew(
    committed_cast: Cast, live: LiveProcess, since: str
) -> None:
    happen(committed_cast.org_id, committed_cast.project.id)
    wait_until_numbered(committed_cast.org_id, 1)

    client = live.open(f"{feed(committed_cast)}?since={since}", api=committed_cast.viewer)

    assert client.next() == {"type": "reset"}
    happen(committed_cast.org_id, committed_cast.project.id)
    assert client.next()["seq"] == 2
    client.close()


def test_a_version_hears_of_itself_and_of_its_asset(committed_cast: Cast, live: LiveProcess) -> None:
    pytest.importorskip("assets.queries")
    from tests.assets.catalogue import deliver

    asset, version = deliver(committed_cast.project)
    wait_until_numbered(committed_cast.org_id, 1)
    client = live.open(f"/ws/versions/{version.id}/", api=committed_cast.viewer)
    settle(committed_cast.org_id)
    here = {"asset_id": asset.id}
    happen(
        committed_cast.org_id,
        committed_cast.project.id,
        event="comment.created",
        version_id=version.id,
        **here,
    )
    happen(
        committed_cast.org_id, committed_cast.project.id, event="comment.created", version_id=new_id(), **here
    )
    happen(committed_cast.org_id, committed_cast.project.id, event="asset.updated", **here)
    happen(committed_cast.org_id, committed_cast.project.id, event="asset.updated")

    assert [each["type"] for each in client.take(2)] == ["comment.created", "asset.updated"]
    assert client.is_silent()
    assert live.open(f"/ws/versions/{version.id}/", api=committed_cast.stranger).close_code() == 4404
    client.close()


def test_what_is_not_durable_carries_no_number_and_is_not_replayed(
    committed_cast: Cast, live: LiveProcess
) -> None:
    client = live.open(feed(committed_cast), api=committed_cast.viewer)
    settle(committed_cast.org_id)
    with tenancy.scope(committed_cast.org_id):
        announce(
            organization_id=committed_cast.org_id,
            event="job.updated",
            data={"id": new_id()},
            project_id=committed_cast.project.id,
        )

    event = client.next()
    assert (event["type"], event["seq"]) == ("job.updated", None)
    assert live.open(f"{feed(committed_cast)}?since=0", api=committed_cast.viewer).is_silent()
    client.close()


def test_a_lost_right_closes_the_socket_within_five_seconds(committed_cast: Cast, live: LiveProcess) -> None:
    viewer = committed_cast.viewer.user
    assert viewer
    by_grant = live.open(feed(committed_cast), api=committed_cast.viewer)
    by_token = live.open(feed(committed_cast), api=committed_cast.editor)
    assert committed_cast.reviewer.user
    cookie = session_cookie(committed_cast.reviewer.user)
    by_cookie = live.open(feed(committed_cast), headers={"Cookie": cookie, "Origin": settings.PORTAL_URL})
    stays = live.open(feed(committed_cast), api=committed_cast.owner)
    settle(committed_cast.org_id)

    lost_at = time.monotonic()
    with tenancy.scope(committed_cast.org_id):
        grant = Grant.objects.get(user=viewer, project=committed_cast.project)
        remove_member(grant, actor=committed_cast.owner.actor)
    assert committed_cast.editor.user
    ApiToken.objects.filter(user=committed_cast.editor.user).delete()
    _log_out(cookie)

    assert by_grant.close_code() == 4404
    assert by_token.close_code() == 4401
    assert by_cookie.close_code() == 4401
    assert time.monotonic() - lost_at < 5
    assert stays.is_silent()
    stays.close()
    with tenancy.scope(committed_cast.org_id):
        set_grant(user=viewer, place=Place(project=committed_cast.project), role=Role.VIEWER)


def _log_out(cookie: str) -> None:
    from dam.core.web.sessions import SessionStore

    SessionStore(cookie.split("=", 1)[1]).delete()


def test_a_flood_from_a_client_ends_its_socket(committed_cast: Cast, live: LiveProcess) -> None:
    client = live.open(feed(committed_cast), api=committed_cast.viewer)
    with contextlib.suppress(ConnectionClosed):
        # Not one more than it takes: what a server leaves unread cuts its last word off.
        for _ in range(MAX_MESSAGES + 1):
            client.connection.send("x")
    assert client.close_code() == 1008
    client = live.open(feed(committed_cast), api=committed_cast.viewer)
    client.connection.send("x" * 100_000)
    assert client.close_code() == 1009


def test_a_jobs_events_come_once_a_second_and_the_last_one_always(
    committed_cast: Cast, live: LiveProcess
) -> None:
    client = live.open(feed(committed_cast), api=committed_cast.viewer)
    settle(committed_cast.org_id)
    job, told = new_id(), time.monotonic()
    for step in range(20):
        with tenancy.scope(committed_cast.org_id):
            announce(
                organization_id=committed_cast.org_id,
                event="job.updated",
                data={"id": job, "step": step},
                project_id=committed_cast.project.id,
                key=f"job:{job}",
            )

    steps = [client.next()["data"]["step"]]
    while steps[-1] != 19:
        steps.append(client.next()["data"]["step"])
    # The first at once, the last in its turn, and no more between than there were seconds.
    assert steps[0] == 0
    assert len(steps) <= 2 + time.monotonic() - told
    assert client.is_silent(1.5)
    client.close()


def test_http_is_not_served_here(live: LiveProcess) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", live.port)
    connection.request("GET", "/api/me")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_a_stopping_process_says_goodbye_and_ends(committed_cast: Cast) -> None:
    process = LiveProcess()
    client = process.open(feed(committed_cast), api=committed_cast.viewer)
    settle(committed_cast.org_id)
    started = time.monotonic()
    assert process.stop() == 0
    assert time.monotonic() - started < 6
    assert client.close_code() in (1001, 1006)
