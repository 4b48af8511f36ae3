"""Commenting on a version: who may, what a comment holds, what is refused."""

from typing import Any

import pytest

from assets.models import Version
from dam.core import tenancy
from tests.cast import Answer, Api, Cast
from tests.shares.gallery import VIDEO_FACTS, make_asset

UNKNOWN = "00000000-0000-7000-8000-000000000000"
SHAPE = {"tool": "arrow", "points": [[0, 0], [0.5, 1]], "color": "#ff8800", "width": 0.01}


def say(person: Api, version: Version, body: str = "Look here", **given: object) -> Answer:
    return person.post(f"/api/versions/{version.id}/comments", {"body": body} | given)


@pytest.mark.parametrize(
    ("who", "reads", "writes"),
    [
        ("owner", 200, 201),
        ("editor", 200, 201),
        ("reviewer", 200, 201),
        ("viewer", 200, 403),
        ("stranger", 404, 404),
        ("nobody", 401, 401),
    ],
)
def test_reviewers_and_above_comment_viewers_read(cast: Cast, who: str, reads: int, writes: int):
    asset, version = make_asset(cast)
    person = getattr(cast, who)

    assert say(person, version).status == writes
    assert person.get(f"/api/versions/{version.id}/comments").status == reads
    assert person.get(f"/api/assets/{asset.id}/comments").status == reads
    assert person.get(f"/api/versions/{version.id}/comments/export?format=csv").status == reads


def test_a_comment_is_answered_as_the_contract_writes_it(cast: Cast):
    _, version = make_asset(cast, **VIDEO_FACTS)

    made = say(cast.reviewer, version, frame_in=50, annotation={"v": 1, "shapes": [SHAPE]})

    assert made.status == 201
    assert made.json == {
        "id": made["id"],
        "version": str(version.id),
        "parent": None,
        "author": {"id": str(cast.reviewer.actor.id), "name": "Reviewer", "kind": "user"},
        "body": "Look here",
        "frame_in": 50,
        "frame_out": 51,
        "time_in_ms": None,
        "time_out_ms": None,
        "page": None,
        "timecode": "10:00:02:00",
        "annotation": {"v": 1, "shapes": [SHAPE]},
        "internal": False,
        "resolved": False,
        "resolved_at": None,
        "resolved_by": None,
        "mentions": [],
        "created_at": made["created_at"],
        "edited_at": None,
    }
    again = cast.viewer.get(f"/api/comments/{made['id']}")
    assert (again.json, again.headers["ETag"]) == (made.json, made.headers["ETag"])
    assert cast.viewer.get(f"/api/versions/{version.id}/comments")["results"] == [made.json]


def test_drop_frame_timecode_counts_as_its_clock_does(cast: Cast):
    facts: dict[str, Any] = {
        "frame_rate": "30000/1001",
        "frame_count": 3600,
        "drop_frame": True,
        "start_timecode": "00:00:00;00",
    }
    _, version = make_asset(cast, **facts)

    assert say(cast.editor, version, frame_in=1800)["timecode"] == "00:01:00;02"


@pytest.mark.parametrize(
    "facts",
    [
        {"frame_rate": "25/1", "start_timecode": "nonsense", "drop_frame": False},
        {"frame_rate": "25/1", "start_timecode": "00:00:00:30", "drop_frame": False},
        {"frame_rate": "25/1", "start_timecode": None, "drop_frame": None},
    ],
)
def test_a_start_that_lies_is_left_out(cast: Cast, facts: dict[str, Any]):
    _, version = make_asset(cast, **facts)

    assert say(cast.editor, version, frame_in=25)["timecode"] == "00:00:01:00"


def test_frames_are_taken_before_the_version_is_probed(cast: Cast):
    _, version = make_asset(cast)

    made = say(cast.editor, version, frame_in=10**9)

    assert (made.status, made["timecode"]) == (201, None)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": "  \n "}, "body"),
        ({"body": "x" * 10_001}, "body"),
        ({"body": "a\0b"}, "body"),
        ({"body": None}, "body"),
        ({"frame_in": -1}, "frame_in"),
        ({"frame_in": 1.5}, "frame_in"),
        ({"frame_in": "ten"}, "frame_in"),
        ({"frame_in": 100}, "frame_in"),
        ({"frame_in": 10, "frame_out": 10}, "frame_out"),
        ({"frame_in": 10, "frame_out": 5}, "frame_out"),
        ({"frame_in": 10, "frame_out": 101}, "frame_out"),
        ({"frame_out": 5}, "frame_out"),
        ({"frame_in": 2**60}, "frame_in"),
        ({"time_in_ms": -1}, "time_in_ms"),
        ({"time_in_ms": 5, "time_out_ms": 5}, "time_out_ms"),
        ({"time_out_ms": 5}, "time_out_ms"),
        ({"time_in_ms": 3_600_000}, "time_in_ms"),
        ({"time_in_ms": 0, "time_out_ms": 3_600_000}, "time_out_ms"),
        ({"page": 0}, "page"),
        ({"parent": UNKNOWN}, "parent"),
        ({"parent": "nonsense"}, "parent"),
        ({"mentions": [UNKNOWN]}, "mentions.0"),
        ({"mentions": "all"}, "mentions"),
        ({"internal": "perhaps"}, "internal"),
        ({"annotation": []}, "annotation"),
        ({"annotation": {"v": 2, "shapes": [SHAPE]}}, "annotation.v"),
        (
            {"annotation": {"v": 1, "shapes": [SHAPE | {"points": [[0, 1.1]]}]}},
            "annotation.shapes.0.points.0",
        ),
        ({"resolved": True}, "resolved"),
        ({"author": UNKNOWN}, "author"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "created_at"),
    ],
)
def test_bad_input_names_the_field_and_makes_nothing(cast: Cast, given: dict[str, Any], field: str):
    _, version = make_asset(cast, **VIDEO_FACTS)

    answer = cast.editor.post(f"/api/versions/{version.id}/comments", {"body": "Look"} | given)

    assert (answer.status, list(answer.errors)) == (400, [field])
    assert cast.editor.get(f"/api/versions/{version.id}/comments")["results"] == []


def test_the_last_frame_may_be_commented_on(cast: Cast):
    _, version = make_asset(cast, **VIDEO_FACTS)

    made = say(cast.editor, version, frame_in=99, frame_out=100)

    assert (made.status, made["timecode"]) == (201, "10:00:03:24")


def test_the_last_page_of_a_document_may_be_commented_on_and_none_after_it(cast: Cast):
    _, version = make_asset(cast, page_count=3)

    assert [say(cast.reviewer, version, page=each).status for each in (3, 4)] == [201, 400]


def test_replies_stay_on_their_version(cast: Cast):
    asset, version = make_asset(cast, "One")
    _, second = make_asset(cast, "Two", asset=asset)
    root = say(cast.editor, version)

    reply = say(cast.reviewer, version, "Yes", parent=root["id"])
    astray = say(cast.reviewer, second, "Yes", parent=root["id"])

    assert (reply.status, reply["parent"]) == (201, root["id"])
    assert (astray.status, list(astray.errors)) == (400, ["parent"])
    assert [each["id"] for each in cast.viewer.get(f"/api/assets/{asset.id}/comments")["results"]] == [
        root["id"],
        reply["id"],
    ]
    assert cast.viewer.get(f"/api/versions/{second.id}/comments")["results"] == []


def test_people_of_the_organisation_can_be_mentioned(cast: Cast):
    _, version = make_asset(cast)
    viewer, stranger = str(cast.viewer.actor.id), str(cast.stranger.actor.id)

    assert say(cast.editor, version, mentions=[viewer, viewer])["mentions"] == [viewer]
    assert say(cast.editor, version, mentions=[viewer, stranger]).errors.keys() == {"mentions.1"}


def test_authors_edit_their_own_words_and_nobody_elses(cast: Cast):
    _, version = make_asset(cast, **VIDEO_FACTS)
    made = say(cast.reviewer, version, frame_in=5)
    path = f"/api/comments/{made['id']}"

    edited = cast.reviewer.patch(path, {"body": "Or here", "frame_in": 7, "frame_out": 9})

    assert (edited.status, edited["body"], edited["frame_in"], edited["frame_out"]) == (200, "Or here", 7, 9)
    assert edited["edited_at"] is not None
    assert edited["timecode"] == "10:00:00:07"
    for other in (cast.owner, cast.editor):
        answer = other.patch(path, {"body": "Mine"})
        assert (answer.status, answer.problem) == (403, "not-yours")
    assert cast.viewer.patch(path, {"body": "Mine"}).status == 403
    assert cast.stranger.patch(path, {"body": "Mine"}).status == 404
    assert cast.viewer.get(path)["body"] == "Or here"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"frame_in": 95}, "frame_out"),
        ({"frame_out": 3}, "frame_out"),
        ({"frame_out": 101}, "frame_out"),
        ({"body": ""}, "body"),
        ({"parent": UNKNOWN}, "parent"),
        ({"version": UNKNOWN}, "version"),
        ({"annotation": {"v": 1, "shapes": []}}, "annotation.shapes"),
    ],
)
def test_an_edit_keeps_the_rules(cast: Cast, changes: dict[str, Any], field: str):
    _, version = make_asset(cast, **VIDEO_FACTS)
    made = say(cast.reviewer, version, frame_in=5, frame_out=10)

    answer = cast.reviewer.patch(f"/api/comments/{made['id']}", changes)

    assert (answer.status, list(answer.errors)) == (400, [field])
    assert cast.viewer.get(f"/api/comments/{made['id']}").json == made.json


def test_an_anchor_can_be_taken_away(cast: Cast):
    _, version = make_asset(cast, **VIDEO_FACTS)
    made = say(cast.reviewer, version, frame_in=5, frame_out=10)

    edited = cast.reviewer.patch(f"/api/comments/{made['id']}", {"frame_in": None})

    assert (edited["frame_in"], edited["frame_out"], edited["timecode"]) == (None, None, None)


def test_a_stale_edit_changes_nothing(cast: Cast):
    _, version = make_asset(cast)
    made = say(cast.reviewer, version)
    path, stale = f"/api/comments/{made['id']}", {"If-Match": made.headers["ETag"]}
    assert cast.reviewer.patch(path, {"body": "Second"}, headers=stale).status == 200

    answer = cast.reviewer.patch(path, {"body": "Third"}, headers=stale)

    assert (answer.status, cast.reviewer.get(path)["body"]) == (412, "Second")
    assert cast.reviewer.delete(path, headers=stale).status == 412


def test_reviewers_resolve_their_own_editors_any(cast: Cast):
    _, version = make_asset(cast)
    own, others = say(cast.reviewer, version), say(cast.editor, version)

    resolved = cast.reviewer.patch(f"/api/comments/{own['id']}", {"resolved": True})

    assert (resolved.status, resolved["resolved"], resolved["edited_at"]) == (200, True, None)
    assert resolved["resolved_by"]["name"] == "Reviewer"
    assert resolved["resolved_at"] is not None
    assert cast.reviewer.patch(f"/api/comments/{others['id']}", {"resolved": True}).status == 403
    reopened = cast.editor.patch(f"/api/comments/{own['id']}", {"resolved": False})
    assert (reopened["resolved"], reopened["resolved_by"]) == (False, None)
    assert cast.viewer.patch(f"/api/comments/{own['id']}", {"resolved": True}).status == 403


def test_a_deleted_comment_is_gone_and_its_replies_stay(cast: Cast):
    asset, version = make_asset(cast)
    root = say(cast.reviewer, version)
    reply = say(cast.editor, version, "Yes", parent=root["id"])
    path = f"/api/comments/{root['id']}"

    assert cast.editor.delete(path).status == 403
    assert cast.viewer.delete(path).status == 403
    assert cast.stranger.delete(path).status == 404
    assert cast.reviewer.delete(path).status == 204

    assert cast.reviewer.get(path).status == cast.reviewer.delete(path).status == 404
    left = cast.viewer.get(f"/api/versions/{version.id}/comments")["results"]
    assert [each["id"] for each in left] == [reply["id"]]
    assert say(cast.editor, version, "No", parent=root["id"]).errors.keys() == {"parent"}
    assert cast.viewer.get(f"/api/assets/{asset.id}")["comment_count"] == 1


def test_admins_delete_anybodys_comment(cast: Cast):
    _, version = make_asset(cast)
    made = say(cast.reviewer, version)

    assert cast.owner.delete(f"/api/comments/{made['id']}").status == 204


@pytest.mark.parametrize("identity", [UNKNOWN, "nonsense", "7"])
def test_what_is_not_there_is_not_found(cast: Cast, identity: str):
    for path in (
        f"/api/comments/{identity}",
        f"/api/versions/{identity}/comments",
        f"/api/assets/{identity}/comments",
    ):
        assert cast.owner.get(path).status == 404


def test_lists_page_by_cursor_and_name_unknown_parameters(cast: Cast):
    _, version = make_asset(cast)
    ids = [say(cast.editor, version, f"{n}")["id"] for n in range(5)]
    path = f"/api/versions/{version.id}/comments"

    seen, link = [], f"{path}?limit=2&count=exact"
    while link:
        page = cast.viewer.get(link)
        assert page["count"] == {"value": 5, "exact": True}
        seen += [each["id"] for each in page["results"]]
        link = page["next"]

    assert seen == ids
    assert cast.viewer.get(f"{path}?resolved=true").errors.keys() == {"resolved"}
    assert cast.viewer.get(f"{path}?limit=501").errors.keys() == {"limit"}


def test_a_list_asks_the_database_a_fixed_number_of_questions(cast: Cast):
    _, version = make_asset(cast, **VIDEO_FACTS)
    path = f"/api/versions/{version.id}/comments"

    def questions() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            assert cast.viewer.get(path).status == 200
        return len(seen)

    say(cast.editor, version, frame_in=1)
    few = questions()
    for person in (cast.owner, cast.editor, cast.reviewer):
        for frame in range(5):
            made = say(person, version, frame_in=frame)
            cast.editor.patch(f"/api/comments/{made['id']}", {"resolved": True})

    assert questions() == few


def test_the_same_key_makes_one_comment(cast: Cast):
    _, version = make_asset(cast)
    path, headers = f"/api/versions/{version.id}/comments", {"Idempotency-Key": "k"}

    first, second = (cast.editor.post(path, {"body": "Once"}, headers=headers) for _ in range(2))

    assert first.json == second.json
    assert len(cast.editor.get(path)["results"]) == 1


def test_comments_of_an_asset_in_the_trash_are_out_of_reach(cast: Cast):
    asset, version = make_asset(cast)
    made = say(cast.editor, version)

    assert cast.editor.delete(f"/api/assets/{asset.id}").status in (200, 204)

    assert cast.editor.get(f"/api/comments/{made['id']}").status == 404
    assert say(cast.editor, version).status == 404


def test_rows_of_another_organisation_do_not_exist_for_the_database(cast: Cast):
    from comments.models import Comment

    _, version = make_asset(cast)
    say(cast.editor, version)

    with tenancy.scope(cast.foreign.organization_id):
        assert not Comment.objects.exists()
        assert not Comment._base_manager.exists()
