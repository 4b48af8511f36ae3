"""The log of a link, and what the edge is told of dead ones."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext

from activity.models import Event
from dam.core import tenancy
from previews.edge_tokens import revocation_of_share
from shares.models import Share, ShareAccess
from tests.cast import Cast
from tests.shares.gallery import Guest, make_asset, share


def log_of(cast: Cast, share_id: str) -> Any:
    return cast.owner.get(f"/api/shares/{share_id}/accesses")["results"]


def test_every_use_of_a_link_is_logged_newest_first(cast: Cast):
    asset, version = make_asset(cast)
    made = share(cast, asset, password="p", allow_comments=True)
    guest = Guest(made["token"], headers={"User-Agent": "Probe/1", "X-Real-IP": "203.0.113.5"})

    guest.unlock(password="q")
    guest.unlock(password="p", name="Mara", email="mara@example.test")
    guest.look()
    guest.assets()
    guest.comments(version)
    guest.comment(version, body="Nice")
    guest.download(version)

    rows = log_of(cast, made["id"])
    assert [each["action"] for each in rows][::-1] == [
        "unlock-failed",
        "unlock",
        "view",
        "assets",
        "comments",
        "comment",
        "download-refused",
    ]
    assert rows[0].keys() == {"id", "at", "ip", "user_agent", "action", "asset", "version", "guest"}
    assert {(each["ip"], each["user_agent"]) for each in rows} == {("203.0.113.5", "Probe/1")}
    assert (rows[0]["asset"], rows[0]["version"]) == (str(asset.id), str(version.id))
    assert (rows[0]["guest"]["name"], rows[0]["guest"]["email"]) == ("Mara", "mara@example.test")
    assert rows[-1]["guest"] is None


def test_a_version_that_the_share_does_not_show_is_not_named(cast: Cast):
    asset, _ = make_asset(cast, "Shown")
    _, hidden = make_asset(cast, "Hidden")
    made = share(cast, asset)
    guest = Guest(made["token"])

    guest.comments(hidden)

    assert str(hidden.id) not in str(log_of(cast, made["id"]))


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("editor", 403), ("reviewer", 403), ("viewer", 403), ("stranger", 404)],
)
def test_the_log_is_for_admins(cast: Cast, who: str, status: int):
    asset, _ = make_asset(cast)
    made = share(cast, asset)

    assert getattr(cast, who).get(f"/api/shares/{made['id']}/accesses").status == status


def test_the_log_cannot_be_altered(cast: Cast):
    asset, _ = make_asset(cast)
    Guest(share(cast, asset)["token"]).look()

    with tenancy.scope(cast.org_id):
        rows = ShareAccess.objects.all()
        assert rows.exists()
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(action="view")
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()


def test_making_changing_and_revoking_are_recorded_and_told_live(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="p")
    cast.editor.patch(f"/api/shares/{made['id']}", {"password": "q", "name": "Renamed"})
    cast.editor.delete(f"/api/shares/{made['id']}")

    with tenancy.scope(cast.org_id):
        events = list(Event.objects.filter(share_id=made["id"]).order_by("id"))
    assert [each.verb for each in events] == ["share.created", "share.updated", "share.revoked"]
    assert {each.type for each in events} == {"share.updated"}
    assert events[1].data["name"] == "Renamed"
    assert made["token"] not in str([vars(each) for each in events])
    assert "argon2" not in str([vars(each) for each in events])


def told_to_edges() -> Any:
    response = HttpClient().get("/_internal/revocations")
    assert response.status_code == 200
    return response.json()


def revoked() -> Any:
    return told_to_edges()["revoked"]


def test_the_edge_learns_of_revoked_and_expired_shares(cast: Cast):
    asset, _ = make_asset(cast)
    live, ended, expired, long_gone = (share(cast, asset)["id"] for _ in range(4))
    cast.editor.delete(f"/api/shares/{ended}")
    now = datetime.now(UTC)
    with tenancy.scope(cast.org_id):
        Share.objects.filter(id=expired).update(expires_at=now - timedelta(seconds=5))
        Share.objects.filter(id=long_gone).update(revoked_at=now - timedelta(hours=14))

    told = revoked()

    assert revocation_of_share(UUID(ended)) in told
    assert revocation_of_share(UUID(expired)) in told
    assert revocation_of_share(UUID(live)) not in told
    assert revocation_of_share(UUID(long_gone)) not in told


def test_a_share_that_ran_out_plays_again_once_it_is_given_more_time(cast: Cast):
    asset, _ = make_asset(cast)
    shared = share(cast, asset)["id"]
    entry, path = revocation_of_share(UUID(shared)), f"/api/shares/{shared}"
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    for more_time in (later, None):
        let_it_run_out(cast, shared)
        before = told_to_edges()
        assert entry in before["revoked"]
        assert entry not in before["lifted"], "lifted as it was once, it would play on"

        assert cast.editor.patch(path, {"expires_at": more_time}).status == 200

        after = told_to_edges()
        assert entry in after["lifted"]
        assert entry not in after["revoked"]


def test_a_share_that_ran_out_stays_so_whatever_else_is_changed(cast: Cast):
    asset, _ = make_asset(cast)
    shared = share(cast, asset)["id"]
    let_it_run_out(cast, shared)
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()

    cast.editor.patch(f"/api/shares/{shared}", {"name": "Renamed"})
    cast.editor.patch(f"/api/shares/{shared}", {"expires_at": past})

    told = told_to_edges()
    assert revocation_of_share(UUID(shared)) in told["revoked"]
    assert revocation_of_share(UUID(shared)) not in told["lifted"]


def let_it_run_out(cast: Cast, share_id: str) -> None:
    with tenancy.scope(cast.org_id):
        Share.objects.filter(id=share_id).update(expires_at=datetime.now(UTC) - timedelta(minutes=1))


def test_revocations_are_told_to_this_machine_alone(cast: Cast):
    for peer in ("203.0.113.5", "", "nonsense"):
        assert HttpClient(REMOTE_ADDR=peer).get("/_internal/revocations").status_code == 404
    forged = HttpClient(REMOTE_ADDR="203.0.113.5").get(
        "/_internal/revocations", headers={"X-Real-IP": "127.0.0.1"}
    )
    assert forged.status_code == 404


def test_playback_through_a_link_is_logged(cast: Cast):
    asset, version = make_asset(cast)
    made = share(cast, asset)
    guest = Guest(made["token"])

    assert guest.get(f"{guest.base}/versions/{version.id}/playback").status == 200

    row = log_of(cast, made["id"])[0]
    assert (row["action"], row["asset"], row["version"]) == ("playback", str(asset.id), str(version.id))


def test_a_guests_list_asks_the_database_a_fixed_number_of_questions(cast: Cast):
    few = share(cast, make_asset(cast, "One")[0])
    many = share(cast, *(make_asset(cast, f"Clip {number}")[0] for number in range(6)))

    def questions(token: str) -> int:
        guest = Guest(token)
        guest.look()
        with CaptureQueriesContext(connection) as seen:
            assert guest.assets().status == 200
        return len(seen)

    assert questions(many["token"]) == questions(few["token"])
