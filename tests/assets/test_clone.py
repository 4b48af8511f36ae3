"""Another version without another file: the same bytes for another round, with what was said before kept apart."""

from __future__ import annotations

from activity.models import Event
from assets.models import Sidecar, Version
from comments.services import create_comment
from dam.core import tenancy
from dam.core.db import new_id
from ingest import services as ingest
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.ingest.sending import acknowledged, fresh_bytes
from tests.shares.gallery import VIDEO_FACTS, make_asset


def test_a_clone_is_the_next_version_with_the_same_bytes_and_facts(cast: Cast) -> None:
    asset, first = make_asset(cast, **VIDEO_FACTS)
    with tenancy.scope(cast.org_id):
        source = Version.objects.select_related("asset").get(id=first.id)
        create_comment(actor=cast.editor.actor, version=source, given={"body": "Darker"})
        Sidecar.objects.create(version=source, master_id=source.master_id, kind="srt", name="a.srt")

    made = cast.editor.post(f"/api/assets/{asset.id}/versions", {"name": "Round 2.mov"})

    assert made.status == 201, made
    assert (made["number"], made["name"], made["cloned_from"]) == (2, "Round 2.mov", str(first.id))
    assert (made["sha256"], made["size"]) == (first.sha256, first.size)
    assert (made["frame_count"], made["width"]) == (VIDEO_FACTS["frame_count"], VIDEO_FACTS["width"])
    row = cast.viewer.get(f"/api/assets/{asset.id}")
    assert (row["version_count"], row["current_version"]["id"]) == (2, made["id"])
    assert cast.viewer.get(f"/api/versions/{made['id']}/comments")["results"] == []
    assert len(cast.viewer.get(f"/api/versions/{first.id}/comments")["results"]) == 1
    beside = cast.viewer.get(f"/api/versions/{made['id']}/sidecars")["results"]
    assert [(each["kind"], each["name"]) for each in beside] == [("srt", "a.srt")]
    with tenancy.scope(cast.org_id):
        assert Event.objects.filter(verb="version.created", version_id=made["id"]).count() == 1


def test_any_version_of_the_stack_is_cloned(cast: Cast) -> None:
    asset, first = deliver(cast.project)
    deliver(cast.project, asset_id=asset.id)

    made = cast.editor.post(f"/api/assets/{asset.id}/versions", {"version": str(first.id)})

    assert (made["number"], made["sha256"]) == (3, first.sha256)


def test_the_same_bytes_delivered_again_are_the_version_that_was_delivered(cast: Cast) -> None:
    asset, first = deliver(cast.project)
    cast.editor.post(f"/api/assets/{asset.id}/versions")

    _, again = deliver(cast.project, asset_id=asset.id, sha256=first.sha256)

    assert again.id == first.id
    assert cast.viewer.get(f"/api/assets/{asset.id}")["version_count"] == 2


def test_a_clone_detached_is_an_asset_with_the_same_bytes(cast: Cast) -> None:
    asset, first = deliver(cast.project, title="Cut")
    made = cast.editor.post(f"/api/assets/{asset.id}/versions")

    fresh = cast.editor.post(f"/api/versions/{made['id']}/detach")

    assert (fresh.status, fresh["title"], fresh["current_version"]["sha256"]) == (201, "Cut", first.sha256)
    back = cast.editor.post(f"/api/assets/{asset.id}/attach", {"asset": fresh["id"]})
    assert back.status == 409


def test_what_is_not_of_the_stack_is_not_cloned(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    _, elsewhere = deliver(cast.project)
    _, foreign = deliver(cast.foreign)
    path = f"/api/assets/{asset.id}/versions"

    for each in (elsewhere.id, foreign.id, new_id()):
        refused = cast.editor.post(path, {"version": str(each)})
        assert (refused.status, list(refused.errors)) == (400, ["version"])
    assert list(cast.editor.post(path, {"file": "x"}).errors) == ["file"]
    assert list(cast.editor.post(path, {"name": "a\0b"}).errors) == ["name"]
    assert cast.reviewer.post(path).status == 403
    assert cast.editor.post(path, headers={"If-Match": '"stale"'}).status == 412
    assert cast.viewer.get(f"/api/assets/{asset.id}")["version_count"] == 1


def test_the_check_of_everything_knows_clones(committed_cast: Cast) -> None:
    made = acknowledged(committed_cast, fresh_bytes())
    answer = committed_cast.editor.post(f"/api/assets/{made['asset']}/versions")

    assert answer.status == 201
    assert ingest.verify(organization_ids=[committed_cast.org_id]).findings == []
