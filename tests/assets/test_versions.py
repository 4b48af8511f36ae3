"""One version: its facts, its download, and its place in the stack."""

from uuid import uuid4

import pytest

from assets.models import Asset, Version
from tests.assets.catalogue import deliver
from tests.cast import Cast

VERSION_KEYS = {
    "id", "asset", "number", "sha256", "size", "name", "type", "kind", "duration", "width", "height",
    "frame_rate", "frame_count", "start_timecode", "drop_frame", "first_pts", "channels", "color", "meta",
    "captured_at", "camera", "lens", "codec", "audio_codec", "container", "color_space", "hdr", "latitude",
    "longitude", "loudness", "page_count", "package", "preview_state", "approval", "locked_until", "cloned_from", "held", "created_at",
}  # fmt: skip


@pytest.fixture
def stack(cast: Cast) -> tuple[Asset, Version, Version]:
    """An asset with two versions."""
    asset, first = deliver(cast.project)
    return asset, first, deliver(cast.project, asset_id=asset.id)[1]


def test_a_version_has_exactly_the_keys_of_the_contract(
    cast: Cast, stack: tuple[Asset, Version, Version]
) -> None:
    _, first, _ = stack

    answer = cast.viewer.get(f"/api/versions/{first.id}")

    assert set(answer.json) == VERSION_KEYS
    assert answer["locked_until"].endswith("Z")
    assert [answer[each] for each in ("duration", "frame_rate", "color", "meta")] == [None] * 4


def test_versions_are_listed_newest_first(cast: Cast, stack: tuple[Asset, Version, Version]) -> None:
    asset, first, second = stack

    page = cast.viewer.get(f"/api/assets/{asset.id}/versions?limit=1")
    after = cast.viewer.get(page["next"].removeprefix("http://testserver"))

    assert [each["id"] for each in page["results"] + after["results"]] == [str(second.id), str(first.id)]
    assert after["next"] is None


def test_what_cannot_be_seen_is_not_found(cast: Cast, stack: tuple[Asset, Version, Version]) -> None:
    asset, first, _ = stack

    for path in (f"versions/{first.id}", f"assets/{asset.id}/versions", f"versions/{first.id}/download"):
        assert cast.stranger.get(f"/api/{path}").status == 404
        assert cast.nobody.get(f"/api/{path}").status == 401
    assert cast.owner.get(f"/api/versions/{uuid4()}").status == 404
    assert cast.owner.get("/api/versions/1").status == 404


def test_editors_and_above_download_the_master(cast: Cast, stack: tuple[Asset, Version, Version]) -> None:
    _, first, _ = stack

    answers = {name: api.get(f"/api/versions/{first.id}/download") for name, api in cast.members().items()}

    assert {name: each.status for name, each in answers.items()} == {
        "owner": 302, "editor": 302, "reviewer": 403, "viewer": 403,
    }  # fmt: skip
    assert f"{first.sha256}/master" in answers["editor"].headers["Location"]
    assert "versionId=v1" in answers["editor"].headers["Location"]


def test_who_accepts_only_the_media_type_of_the_master_is_sent_to_it(
    cast: Cast, stack: tuple[Asset, Version, Version]
) -> None:
    _, first, _ = stack

    answer = cast.editor.get(f"/api/versions/{first.id}/download", headers={"Accept": "video/*"})

    assert answer.status == 302


def test_a_version_can_be_made_the_head_again(cast: Cast, stack: tuple[Asset, Version, Version]) -> None:
    asset, first, second = stack
    assert cast.viewer.get(f"/api/assets/{asset.id}")["current_version"]["id"] == str(second.id)

    assert cast.reviewer.post(f"/api/versions/{first.id}/promote").status == 403
    answer = cast.editor.post(f"/api/versions/{first.id}/promote")

    assert answer.status == 200
    assert answer["current_version"]["id"] == str(first.id)
    assert answer["version_count"] == 2
