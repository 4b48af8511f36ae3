"""Guests on `/ws/s/{token}/`: their share's own numbers, and nothing that the share does not show."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from websockets.exceptions import InvalidStatus

from assets.models import Asset
from dam.core import tenancy
from dam.core.access import SYSTEM
from dam.core.db import new_id
from orgs.models import Project
from orgs.services import create_project
from tests.activity.sockets import LiveProcess, happen, settle
from tests.bulk.work import bulk
from tests.cast import Cast
from tests.shares.gallery import make_asset, share


@pytest.fixture
def shown(committed_cast: Cast) -> Any:
    return make_asset(committed_cast)


def tell(cast: Cast, asset_id: UUID, event: str = "comment.created", **details: Any) -> None:
    happen(cast.org_id, cast.project.id, event=event, asset_id=asset_id, **details)


def test_guests_hear_of_what_is_shown_with_numbers_of_their_own(
    committed_cast: Cast, live: LiveProcess, shown: Any
) -> None:
    asset, version = shown
    hidden, other = make_asset(committed_cast, "Hidden")
    path = f"/ws/s/{share(committed_cast, asset)['token']}/"
    settle(committed_cast.org_id)
    client = live.open(path)
    settle(committed_cast.org_id)
    tell(committed_cast, hidden.id, version_id=other.id)
    tell(committed_cast, asset.id, version_id=version.id, data={"body": "internal", "internal": True})
    tell(committed_cast, asset.id, "asset.updated", data={"title": "New", "fields": {"secret": 1}})
    tell(committed_cast, asset.id, "job.updated")
    tell(committed_cast, asset.id, version_id=version.id, data={"body": "public", "internal": False})
    tell(committed_cast, asset.id, version_id=new_id(), data={"body": "on a version of nothing"})

    updated, comment = client.take(2)
    assert client.is_silent()
    assert (updated["type"], updated["seq"]) == ("asset.updated", 1)
    assert updated["data"] == {"id": str(asset.id), "title": "New"}
    assert (comment["type"], comment["seq"], comment["data"]["body"]) == ("comment.created", 2, "public")
    assert "internal" not in comment["data"]
    client.close()


def shared_collection(cast: Cast, *assets: Any) -> tuple[str, str]:
    """Return the path of a new collection that holds these, and the token of a link to it."""
    made = cast.editor.post("/api/collections", {"project": str(cast.project.id), "name": "Shared"})
    path = f"/api/collections/{made['id']}/assets"
    cast.editor.post(path, {"add": [str(each.id) for each in assets]})
    body = {"project": str(cast.project.id), "collection": made["id"]}
    return path, str(cast.editor.post("/api/shares", body)["token"])


def elsewhere_with_many_here(cast: Cast) -> tuple[Project, list[Asset]]:
    """Return another project, and more assets of the cast's own than are told of one by one."""
    with tenancy.scope(cast.org_id):
        many = [Asset(project_id=cast.project.id, title=f"A{n}") for n in range(60)]
        Asset.objects.bulk_create(many)
        return create_project(actor=SYSTEM, name="Other"), many


def test_guests_follow_what_comes_into_the_shared_collection_and_leaves_it(
    committed_cast: Cast, live: LiveProcess, shown: Any
) -> None:
    cast, (asset, _) = committed_cast, shown
    (coming, _), (never, _) = make_asset(cast, "Coming"), make_asset(cast, "Never shown")
    held, token = shared_collection(cast, asset)
    elsewhere, _ = shared_collection(cast, never)
    project, many = elsewhere_with_many_here(cast)
    settle(cast.org_id)
    client = live.open(f"/ws/s/{token}/")
    member = live.open(f"/ws/projects/{cast.project.id}/", api=cast.viewer)
    settle(cast.org_id)

    def hears(*wanted: tuple[str, Any]) -> None:
        told = client.take(len(wanted))
        assert [(each["type"], each["data"].get("id")) for each in told] == list(wanted)
        numbers.extend(each["seq"] for each in told)

    numbers: list[int] = []
    cast.editor.post(elsewhere, {"add": [str(coming.id)]})
    cast.editor.post(held, {"add": [str(coming.id)]})
    hears(("asset.created", str(coming.id)))
    cast.editor.post(held, {"remove": [str(asset.id)]})
    hears(("asset.deleted", str(asset.id)))
    cast.editor.delete(f"/api/assets/{never.id}")
    cast.editor.delete(f"/api/assets/{coming.id}")
    hears(("asset.deleted", str(coming.id)))
    cast.editor.post(f"/api/assets/{coming.id}/restore")
    hears(("asset.created", str(coming.id)))
    bulk(cast, [*many, coming], {"move": str(project.id)}, api=cast.owner)
    hears(("asset.deleted", str(coming.id)), ("reset", None))

    assert numbers == list(range(1, 7))
    assert client.is_silent()
    heard = [member.next()["type"] for _ in range(4)]
    assert heard[:3] == ["asset.deleted", "asset.deleted", "asset.updated"]
    assert heard[3] in {"job.updated", "reset"}
    client.close()
    member.close()


def test_what_a_link_goes_on_showing_is_followed_into_another_project(
    committed_cast: Cast, live: LiveProcess, shown: Any
) -> None:
    cast, (asset, _) = committed_cast, shown
    token = share(cast, asset)["token"]
    with tenancy.scope(cast.org_id):
        project = create_project(actor=SYSTEM, name="Other")
    bulk(cast, [asset], {"move": str(project.id)}, api=cast.owner)
    settle(cast.org_id)
    client = live.open(f"/ws/s/{token}/")
    settle(cast.org_id)

    cast.owner.patch(f"/api/assets/{asset.id}", {"title": "Renamed there"})

    assert client.next()["data"]["title"] == "Renamed there"
    client.close()
    cast.owner.patch(f"/api/assets/{asset.id}", {"title": "Once more"})
    settle(cast.org_id)
    again = live.open(f"/ws/s/{token}/?since=1")
    assert again.next()["data"]["title"] == "Once more"
    again.close()


def test_a_guest_who_comes_back_gets_what_happened_meanwhile(
    committed_cast: Cast, live: LiveProcess, shown: Any
) -> None:
    asset, version = shown
    path = f"/ws/s/{share(committed_cast, asset)['token']}/"
    settle(committed_cast.org_id)
    client = live.open(path)
    settle(committed_cast.org_id)
    tell(committed_cast, asset.id, version_id=version.id)
    assert client.next()["seq"] == 1
    client.close()
    for _ in range(3):
        tell(committed_cast, asset.id, version_id=version.id)
    settle(committed_cast.org_id)

    settle(committed_cast.org_id)
    again = live.open(f"{path}?since=1")

    assert [each["seq"] for each in again.take(3)] == [2, 3, 4]
    tell(committed_cast, asset.id, version_id=version.id)
    assert again.next()["seq"] == 5
    assert again.is_silent()
    again.close()


def test_a_comment_that_changes_sides_comes_or_goes_for_guests(
    committed_cast: Cast, live: LiveProcess, shown: Any
) -> None:
    asset, version = shown
    settle(committed_cast.org_id)
    client = live.open(f"/ws/s/{share(committed_cast, asset)['token']}/")
    settle(committed_cast.org_id)
    tell(
        committed_cast,
        asset.id,
        "comment.updated",
        version_id=version.id,
        data={"body": "now internal", "internal": True},
        before={"internal": False},
    )

    event = client.next()
    assert event["type"] == "comment.deleted"
    assert list(event["data"]) == ["id"]
    tell(
        committed_cast,
        asset.id,
        "comment.updated",
        version_id=version.id,
        data={"body": "public now", "internal": False},
        before={"internal": True},
    )
    event = client.next()
    assert (event["type"], event["data"]["body"]) == ("comment.created", "public now")
    client.close()


def test_a_locked_share_wants_its_proof_and_only_from_our_pages(
    committed_cast: Cast, live: LiveProcess, shown: Any
) -> None:
    made = share(committed_cast, shown[0], password="correct horse")
    path = f"/ws/s/{made['token']}/"
    assert live.open(path).close_code() == 4401
    unlocked = committed_cast.nobody.post(
        f"/api/s/{made['token']}/unlock", {"password": "correct horse", "name": "Guest"}
    )
    assert unlocked.status == 200, unlocked

    settle(committed_cast.org_id)
    client = live.open(path, headers={"X-Share-Access": unlocked["access"]})
    assert client.is_silent()
    client.close()
    cookie = f"dam_share_{settings.PORT}_{made['id']}={unlocked['access']}"
    with pytest.raises(InvalidStatus):
        live.open(path, headers={"Cookie": cookie})
    settle(committed_cast.org_id)
    client = live.open(path, headers={"Cookie": cookie, "Origin": settings.PORTAL_URL})
    assert client.is_silent()
    client.close()


def test_a_revoked_share_closes_its_sockets_within_five_seconds(
    committed_cast: Cast, live: LiveProcess, shown: Any
) -> None:
    made = share(committed_cast, shown[0])
    settle(committed_cast.org_id)
    client = live.open(f"/ws/s/{made['token']}/")
    settle(committed_cast.org_id)

    revoked_at = time.monotonic()
    assert committed_cast.editor.delete(f"/api/shares/{made['id']}").status == 204

    assert client.close_code() == 4404
    assert time.monotonic() - revoked_at < 5
