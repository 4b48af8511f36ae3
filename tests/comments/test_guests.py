"""Guests comment: under their own name, in public, on what the link shows."""

from activity.models import Event
from dam.core import tenancy
from tests.cast import Cast
from tests.comments.test_comments import say
from tests.shares.gallery import VIDEO_FACTS, Guest, make_asset, share


def test_the_first_comment_needs_a_name(cast: Cast):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset, allow_comments=True)["token"])
    guest.look()

    refused = guest.comment(version, body="Hello")
    guest.unlock(name="Mara")
    made = guest.comment(version, body="Hello")

    assert (refused.status, refused.problem) == (403, "name-required")
    assert made.status == 201
    assert made["author"] == {"id": guest.look()["guest"]["id"], "name": "Mara", "kind": "guest"}


def test_members_and_guests_read_each_other(cast: Cast):
    asset, version = make_asset(cast, **VIDEO_FACTS)
    guest = Guest(share(cast, asset, allow_comments=True)["token"])
    guest.unlock(name="Mara")

    asked = say(cast.editor, version, "Darker?", frame_in=12)
    answered = guest.comment(version, body="Yes", parent=asked["id"])

    assert (answered.status, answered["parent"]) == (201, asked["id"])
    listed = cast.viewer.get(f"/api/versions/{version.id}/comments")["results"]
    assert [each["body"] for each in listed] == ["Darker?", "Yes"]
    assert guest.comments(version)["results"] == listed
    assert cast.editor.actor.email not in str(listed)


def test_a_link_without_comments_lets_guests_read_only(cast: Cast):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset)["token"])
    guest.unlock(name="Mara")

    assert guest.comment(version, body="Hello").status == 403
    assert guest.comments(version).status == 200


def test_internal_comments_never_reach_guests(cast: Cast):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset, allow_comments=True)["token"])
    guest.unlock(name="Mara")
    secret = say(cast.editor, version, "The client must not know", internal=True)
    reply = say(cast.reviewer, version, "Quite", parent=secret["id"])

    assert (secret["internal"], reply["internal"]) == (True, True)
    assert guest.comments(version)["results"] == []
    assert guest.assets()["results"][0]["comment_count"] == 0
    assert guest.comment(version, body="What?", parent=secret["id"]).errors.keys() == {"parent"}
    assert len(cast.viewer.get(f"/api/versions/{version.id}/comments")["results"]) == 2
    public = say(cast.reviewer, version, "Public?", parent=secret["id"], internal=False)
    assert (public.status, list(public.errors)) == (400, ["internal"])


def test_a_comment_turns_internal_only_while_no_guest_answered(cast: Cast):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset, allow_comments=True)["token"])
    guest.unlock(name="Mara")
    quiet, answered = say(cast.editor, version, "Quiet"), say(cast.editor, version, "Answered")
    guest.comment(version, body="Yes", parent=answered["id"])

    assert cast.editor.patch(f"/api/comments/{quiet['id']}", {"internal": True})["internal"] is True
    refused = cast.editor.patch(f"/api/comments/{answered['id']}", {"internal": True})
    assert (refused.status, list(refused.errors)) == (400, ["internal"])
    assert "Quiet" not in str(guest.comments(version).json)


def test_guests_set_nothing_that_is_for_members(cast: Cast):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset, allow_comments=True)["token"])
    guest.unlock(name="Mara")

    assert guest.comment(version, body="x", internal=True).errors.keys() == {"internal"}
    mentions = [str(cast.editor.actor.id)]
    assert guest.comment(version, body="x", mentions=mentions).errors.keys() == {"mentions"}
    assert guest.comment(version, body="x", author="someone").errors.keys() == {"author"}


def test_the_same_name_does_not_make_the_same_author(cast: Cast):
    asset, version = make_asset(cast)
    token = share(cast, asset, allow_comments=True)["token"]
    first, second = Guest(token), Guest(token)
    first.unlock(name="Editor")
    second.unlock(name="Editor")

    authors = [each.comment(version, body="Hi")["author"] for each in (first, second)]

    assert authors[0]["id"] != authors[1]["id"]
    assert {each["kind"] for each in authors} == {"guest"}


def test_members_cannot_edit_a_guests_words_but_resolve_and_remove_them(cast: Cast):
    asset, version = make_asset(cast)
    guest = Guest(share(cast, asset, allow_comments=True)["token"])
    guest.unlock(name="Mara")
    path = f"/api/comments/{guest.comment(version, body='Hello')['id']}"

    assert cast.editor.patch(path, {"body": "Changed"}).status == 403
    assert cast.editor.patch(path, {"resolved": True})["resolved"] is True
    assert cast.reviewer.patch(path, {"resolved": False}).status == 403
    assert cast.editor.delete(path).status == 403
    assert cast.owner.delete(path).status == 204
    assert guest.get(path).status == 401


def test_every_change_is_recorded_and_told_live_with_its_document(cast: Cast):
    asset, version = make_asset(cast)
    made_share = share(cast, asset, allow_comments=True)
    guest = Guest(made_share["token"])
    guest.unlock(name="Mara")
    said = guest.comment(version, body="Hello")
    secret = say(cast.editor, version, "Hush", internal=True)
    cast.editor.patch(f"/api/comments/{said['id']}", {"resolved": True})
    cast.owner.delete(f"/api/comments/{said['id']}")

    with tenancy.scope(cast.org_id):
        events = list(Event.objects.filter(target_kind="comment").order_by("created_at", "id"))
    assert [(each.type, str(each.target_id)) for each in events] == [
        ("comment.created", said["id"]),
        ("comment.created", secret["id"]),
        ("comment.updated", said["id"]),
        ("comment.deleted", said["id"]),
    ]
    first, hidden = events[0], events[1]
    assert first.data == said.json
    assert (first.actor_kind, str(first.share_id)) == ("guest", made_share["id"])
    assert (first.project_id, first.asset_id, first.version_id) == (cast.project.id, asset.id, version.id)
    assert hidden.data["internal"] is True
    assert (events[2].before or {})["resolved"] is False


def test_counts_on_the_asset_are_those_that_the_reader_sees(cast: Cast):
    asset, first = make_asset(cast, "One")
    _, second = make_asset(cast, "Two", asset=asset)
    say(cast.editor, first)
    say(cast.editor, second)
    say(cast.editor, second, "Hush", internal=True)
    guest = Guest(share(cast, asset)["token"])

    assert cast.viewer.get(f"/api/assets/{asset.id}")["comment_count"] == 3
    rows = cast.viewer.get(f"/api/assets?project={cast.project.id}")["results"]
    assert [each["comment_count"] for each in rows] == [3]
    assert guest.assets()["results"][0]["comment_count"] == 1
