"""Coming by a link: what a guest sees, what it takes, when it ends."""

import time
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import pytest
from django.contrib.auth.hashers import make_password

from assets.models import Collection
from assets.services import change_items, trash_asset
from dam.core import tenancy
from shares import passes
from shares.models import Share
from tests.cast import Cast
from tests.shares.gallery import Guest, make_asset, share

Form = Literal["NFC", "NFD"]


def expire(cast: Cast, share_id: str) -> None:
    with tenancy.scope(cast.org_id):
        Share.objects.filter(id=share_id).update(expires_at=datetime.now(UTC) - timedelta(minutes=1))


def views(cast: Cast, share_id: str) -> Any:
    return cast.editor.get(f"/api/shares/{share_id}")["view_count"]


def test_a_link_without_a_password_is_looked_at_without_unlocking(cast: Cast):
    asset, version = make_asset(cast)
    made = share(cast, asset, allow_comments=True)

    seen = Guest(made["token"]).look()

    assert seen.status == 200
    assert seen.json == {
        "id": made["id"],
        "name": "Clip",
        "expires_at": None,
        "allow_download": False,
        "allow_comments": True,
        "watermark": None,
        "guest": None,
    }
    rows = Guest(made["token"]).assets()["results"]
    assert [each["id"] for each in rows] == [str(asset.id)]
    assert rows[0]["current_version"]["id"] == str(version.id)
    assert "fields" not in rows[0]


def test_answers_keep_links_out_of_search_engines_and_other_sites_logs(cast: Cast):
    asset, _ = make_asset(cast)
    guest = Guest(share(cast, asset)["token"])

    for answer in (guest.look(), guest.assets(), guest.unlock(), Guest("wrong").look()):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]


def test_wrong_revoked_expired_and_used_up_links_answer_alike(cast: Cast):
    asset, _ = make_asset(cast)
    revoked, expired, used_up = (share(cast, asset, max_views=1) for _ in range(3))
    cast.editor.delete(f"/api/shares/{revoked['id']}")
    expire(cast, expired["id"])
    assert Guest(used_up["token"]).look().status == 200

    answers = [
        {key: value for key, value in Guest(token).look().json.items() if key != "request_id"}
        for token in ("w" * 43, revoked["token"], expired["token"], used_up["token"], "%00", "ü" * 20)
    ]

    assert all(each == answers[0] for each in answers)
    assert answers[0]["status"] == 404
    for path in ("assets", "unlock"):
        for made in (revoked, expired, used_up):
            guest = Guest(made["token"])
            assert (guest.unlock() if path == "unlock" else guest.assets()).status == 404


def test_a_locked_link_asks_for_its_password(cast: Cast):
    asset, version = make_asset(cast)
    made = share(cast, asset, password="open sesame", allow_download=True)
    guest = Guest(made["token"])

    for answer in (
        guest.look(),
        guest.assets(),
        guest.comments(version),
        guest.download(version),
        guest.unlock(),
    ):
        assert (answer.status, answer.problem) == (401, "password-required")
    wrong = guest.unlock(password="open barley")
    assert (wrong.status, wrong.problem) == (403, "wrong-password")
    opened = guest.unlock(password="open sesame", name="Mara")
    assert opened.status == 200
    assert guest.look()["guest"] == opened["guest"] == {"id": opened["guest"]["id"], "name": "Mara"}
    assert views(cast, made["id"]) == 1


def test_unlocking_gives_a_cookie_and_the_same_proof_for_other_clients(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="p")

    opened = Guest(made["token"]).unlock(password="p")

    cookie = opened.response.cookies[passes.cookie_name(UUID(made["id"]))]
    assert cookie.key.startswith("dam_share_")
    assert cookie.value == opened["access"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    other = Guest(made["token"], headers={"X-Share-Access": opened["access"]})
    assert other.assets().status == 200
    ends = datetime.fromisoformat(opened["expires_at"])
    assert timedelta(hours=11, minutes=59) < ends - datetime.now(UTC) <= timedelta(hours=12)


def test_a_visit_ends_no_later_than_its_share(cast: Cast):
    asset, _ = make_asset(cast)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    made = share(cast, asset, expires_at=until.isoformat())

    assert datetime.fromisoformat(Guest(made["token"]).unlock()["expires_at"]) == until


@pytest.mark.parametrize(("given", "typed"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_a_password_is_taken_in_either_spelling_of_its_accents(cast: Cast, given: Form, typed: Form):
    asset, _ = make_asset(cast)
    password = "Frühling in Orléans"
    made = share(cast, asset, password=unicodedata.normalize(given, password))

    opened = Guest(made["token"]).unlock(password=unicodedata.normalize(typed, password))

    assert opened.status == 200


def test_a_password_of_an_earlier_release_opens_as_it_was_typed(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="p")
    password = unicodedata.normalize("NFD", "Frühling")
    with tenancy.scope(cast.org_id):
        Share.objects.filter(id=made["id"]).update(password=make_password(password))

    assert Guest(made["token"]).unlock(password=password).status == 200


def test_a_new_password_ends_every_visit(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="old")
    guest = Guest(made["token"])
    access = guest.unlock(password="old")["access"]

    cast.editor.patch(f"/api/shares/{made['id']}", {"password": "new"})

    assert guest.assets().status == 401
    assert Guest(made["token"], headers={"X-Share-Access": access}).assets().status == 401
    assert guest.unlock(password="old").status == 403
    assert guest.unlock(password="new").status == 200


def test_taking_the_password_away_opens_the_link(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="p")

    assert cast.editor.patch(f"/api/shares/{made['id']}", {"password": None})["has_password"] is False

    assert Guest(made["token"]).assets().status == 200


def test_a_visit_ends_after_twelve_hours(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    asset, _ = make_asset(cast)
    guest = Guest(share(cast, asset, password="p")["token"])
    guest.unlock(password="p")
    now = time.time()

    monkeypatch.setattr(time, "time", lambda: now + passes.LIFETIME_S - 5)
    assert guest.assets().status == 200
    monkeypatch.setattr(time, "time", lambda: now + passes.LIFETIME_S + 5)
    assert guest.assets().status == 401


def test_the_proof_of_one_link_opens_no_other(cast: Cast):
    asset, _ = make_asset(cast)
    one, two = share(cast, asset, password="p"), share(cast, asset, password="p")
    access = Guest(one["token"]).unlock(password="p")["access"]

    for value in (access, access[:-2] + "xx", "", "x" * 5000, "a:b:c"):
        assert Guest(two["token"], headers={"X-Share-Access": value}).assets().status == 401


def test_a_link_opens_no_member_route(cast: Cast):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset, allow_download=True)["token"])
    access = guest.unlock(name="Mara")["access"]
    guest.headers["X-Share-Access"] = access

    for path in (f"/api/assets/{asset.id}", f"/api/versions/{version.id}/comments", "/api/shares"):
        assert guest.get(path).status == 401


def test_a_members_log_in_adds_and_takes_nothing_on_a_link(cast: Cast):
    asset, version = make_asset(cast)
    made = share(cast, asset, password="p")

    for person in (cast.owner, cast.stranger):
        member = Guest(made["token"], headers=person.headers)
        assert member.assets().status == 401
        member.unlock(password="p", name="Mara")
        assert member.assets().status == 200
        assert member.download(version).status == 403
        assert member.comment(version, body="Hello").status == 403


def test_views_are_counted_once_a_visit(cast: Cast):
    asset, version = make_asset(cast)
    made = share(cast, asset)
    guest = Guest(made["token"])

    for _ in range(3):
        guest.look()
        guest.assets()
        guest.comments(version)
    guest.unlock(name="Mara")
    assert views(cast, made["id"]) == 1

    Guest(made["token"]).unlock(name="Noor")
    assert views(cast, made["id"]) == 2


def test_head_counts_and_logs_nothing(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, max_views=1)

    Guest(made["token"]).send("HEAD", f"/api/s/{made['token']}")

    assert views(cast, made["id"]) == 0
    assert cast.owner.get(f"/api/shares/{made['id']}/accesses")["results"] == []


def test_the_last_view_goes_on_for_whoever_has_it(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, max_views=1)
    first, second = Guest(made["token"]), Guest(made["token"])
    first.unlock(name="Mara")

    assert second.look().status == second.unlock(name="Noor").status == 404
    assert first.look().status == first.assets().status == 200


def test_unlocking_again_renames_the_guest_and_keeps_the_visit(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset)
    guest = Guest(made["token"])
    before = guest.unlock()

    after = guest.unlock(name="Mara", email="mara@example.test")

    assert before["guest"]["name"] == ""
    assert after["guest"] == {"id": before["guest"]["id"], "name": "Mara"}
    assert before["expires_at"] == after["expires_at"]
    assert "mara@example.test" not in str(guest.look().json)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x" * 201}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"email": "nobody"}, "email"),
        ({"password": 5 * ["x"]}, "password"),
        ({"admin": True}, "admin"),
    ],
)
def test_bad_input_to_unlock_names_the_field(cast: Cast, body: dict[str, Any], field: str):
    asset, _ = make_asset(cast)
    guest = Guest(share(cast, asset)["token"])

    answer = guest.unlock(**body)

    assert (answer.status, list(answer.errors)) == (400, [field])


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_other_sites_cannot_act_for_a_guest(cast: Cast, origin: str):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset, allow_comments=True)["token"])
    guest.unlock(name="Mara")
    guest.headers["Origin"] = origin

    assert guest.unlock(name="Eve").status == 403
    assert guest.comment(version, body="Bought").status == 403
    assert guest.look()["guest"]["name"] == "Mara"


def test_the_portal_and_clients_without_an_origin_may_act(cast: Cast, settings_portal: str):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset, allow_comments=True)["token"])
    assert guest.unlock(name="Mara").status == 200
    guest.headers["Origin"] = settings_portal

    assert guest.comment(version, body="Fine").status == 201


@pytest.fixture
def settings_portal() -> str:
    from django.conf import settings

    return str(settings.PORTAL_URL)


def test_a_share_follows_the_current_version_or_keeps_the_frozen_one(cast: Cast):
    asset, first = make_asset(cast, "Clip")
    current, frozen = (Guest(share(cast, asset, versions=each)["token"]) for each in ("current", "frozen"))
    _, second = make_asset(cast, "Clip two", asset=asset)

    assert current.assets()["results"][0]["current_version"]["id"] == str(second.id)
    assert frozen.assets()["results"][0]["current_version"]["id"] == str(first.id)
    assert (current.comments(first).status, current.comments(second).status) == (404, 200)
    assert (frozen.comments(first).status, frozen.comments(second).status) == (200, 404)


def test_a_guest_sees_nothing_beside_the_share(cast: Cast):
    asset, _ = make_asset(cast, "Shown")
    _, hidden = make_asset(cast, "Hidden")
    _, foreign = make_asset(cast, "Theirs", project_id=cast.foreign.id)
    guest = Guest(share(cast, asset, allow_download=True, allow_comments=True)["token"])
    guest.unlock(name="Mara")

    for version in (hidden, foreign):
        assert guest.comments(version).status == 404
        assert guest.comment(version, body="Hello").status == 404
        assert guest.download(version).status == 404
    assert guest.get(f"{guest.base}/versions/nonsense/comments").status == 404
    assert [each["title"] for each in guest.assets()["results"]] == ["Shown"]


def test_what_goes_to_the_trash_or_out_of_the_collection_leaves_the_share(cast: Cast):
    one, first = make_asset(cast, "One")
    two, second = make_asset(cast, "Two")
    made = share(cast, one, two)
    guest = Guest(made["token"])
    assert len(guest.assets()["results"]) == 2

    with tenancy.scope(cast.org_id):
        trash_asset(cast.owner.actor, asset=one)
        change_items(Collection.objects.get(id=made["collection"]), actor=cast.owner.actor, remove=[two.id])

    assert guest.assets()["results"] == []
    assert guest.comments(first).status == guest.comments(second).status == 404


def test_downloads_need_the_links_leave(cast: Cast):
    asset, version = make_asset(cast)
    closed, opened = (
        Guest(share(cast, asset)["token"]),
        Guest(share(cast, asset, allow_download=True)["token"]),
    )

    refused = closed.download(version)
    granted = opened.download(version)

    assert (refused.status, refused.problem) == (403, "forbidden")
    assert granted.status == 302
    assert version.sha256 in granted.headers["Location"]
    assert "X-Amz-Signature" in granted.headers["Location"]


def test_unknown_parameters_are_refused_by_name(cast: Cast):
    asset, _ = make_asset(cast)
    guest = Guest(share(cast, asset)["token"])

    assert guest.get(f"{guest.base}/assets?fields=1").errors.keys() == {"fields"}
    assert guest.get(f"{guest.base}?password=p").errors.keys() == {"password"}
