"""Signed addresses: what they open, for whom, and at what price."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from assets.models import Asset, Version
from assets.services import freeze_collection
from dam.core import tenancy
from dam.core.access import Actor, SharePass
from previews import queries
from previews.edge_tokens import short_id
from previews.models import Preview
from tests.assets.catalogue import deliver, queries_of
from tests.cast import Cast

PLAYBACK_KEYS = {
    "state", "reason", "hls", "mp4", "poster", "thumbnails", "storyboard", "waveform", "frames", "pages", "expires_at", "media",
    "progress", "renditions", "estimate_s", "queue_position",
}  # fmt: skip


def publish(version: Version) -> Preview:
    """Note a finished build whose bytes nobody will fetch."""
    with tenancy.scope(version.organization_id):
        return Preview.objects.create(
            sha256=version.sha256,
            recipe_version=1,
            is_active=True,
            state="ready",
            published=sorted(queries.ADDRESSED),
        )


def token_of(url: str) -> list[str]:
    return url.split("/e/")[1].split("/", maxsplit=1)[0].split(".")


def test_a_version_without_previews_has_no_addresses_and_gets_them(cast: Cast) -> None:
    _, version = deliver(cast.project)

    answer = cast.viewer.get(f"/api/versions/{version.id}/playback")

    assert answer.status == 200
    assert set(answer.json) == PLAYBACK_KEYS
    assert answer["state"] == "building"
    assert answer["thumbnails"] == {"150": None, "300": None, "1280": None}
    assert {answer[each] for each in ("hls", "mp4", "poster", "storyboard", "waveform", "frames")} == {None}


def test_every_kind_has_a_token_of_its_own_that_names_organisation_and_expiry(cast: Cast) -> None:
    _, version = deliver(cast.project)
    publish(version)

    answer = cast.viewer.get(f"/api/versions/{version.id}/playback")

    scopes = {name: token_of(answer[name])[2] for name in ("hls", "mp4", "poster")}
    assert scopes == {"hls": "h", "mp4": "m", "poster": "i"}
    token = token_of(answer["hls"])
    assert UUID(bytes=base64.urlsafe_b64decode(token[3] + "==")) == cast.org_id
    expires = datetime.fromisoformat(answer["expires_at"])
    assert int(token[1]) == expires.timestamp()
    assert 540 < (expires - datetime.now(UTC)).total_seconds() <= 660


def test_who_may_play(cast: Cast) -> None:
    _, version = deliver(cast.project)

    assert {api.get(f"/api/versions/{version.id}/playback").status for api in cast.members().values()} == {
        200
    }
    assert cast.stranger.get(f"/api/versions/{version.id}/playback").status == 404
    assert cast.nobody.get(f"/api/versions/{version.id}/playback").status == 401
    assert cast.owner.get(f"/api/versions/{uuid4()}/playback").status == 404
    assert cast.owner.get("/api/versions/x/playback").status == 404


def test_many_versions_are_answered_at_once_and_unseen_ones_left_out(cast: Cast) -> None:
    versions = [deliver(cast.project)[1] for _ in range(3)]
    foreign = deliver(cast.foreign)[1]
    publish(versions[0])

    answer = cast.viewer.post("/api/playback", {"versions": [str(each.id) for each in [*versions, foreign]]})

    assert answer.status == 200
    assert set(answer["results"]) == {str(each.id) for each in versions}
    assert answer["results"][str(versions[0].id)]["hls"]
    assert list(cast.stranger.post("/api/playback", {"versions": [str(foreign.id)]})["results"]) == [
        str(foreign.id)
    ]


@pytest.mark.parametrize(
    ("versions", "field"), [([], "versions"), (["x"], "versions.0"), ([str(uuid4())] * 201, "versions")]
)
def test_a_bad_list_names_its_field(cast: Cast, versions: Any, field: str) -> None:
    answer = cast.viewer.post("/api/playback", {"versions": versions})

    assert (answer.status, list(answer.errors)) == (400, [field])


def test_two_and_two_hundred_versions_cost_the_same_queries(cast: Cast) -> None:
    versions = [deliver(cast.project)[1] for _ in range(200)]
    for each in versions[:20]:
        publish(each)
    ids = [str(each.id) for each in versions]

    few = queries_of(lambda: cast.viewer.post("/api/playback", {"versions": ids[:2]}))
    many = queries_of(lambda: cast.viewer.post("/api/playback", {"versions": ids}))

    assert few == many <= 8


def guest_of(cast: Cast, asset: Asset, *, watermark: bool = False) -> Actor:
    with tenancy.scope(cast.org_id):
        collection = freeze_collection(project=cast.project, asset_ids=[asset.id])
    share = SharePass(uuid4(), cast.org_id, cast.project.id, collection.id, False, True, watermark)
    return Actor(kind="guest", id=None, share=share)


def test_a_guests_addresses_end_with_the_share(cast: Cast) -> None:
    asset, version = deliver(cast.project)
    publish(version)
    guest = guest_of(cast, asset)
    assert guest.share is not None
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)

    with tenancy.scope(cast.org_id):
        soon = queries.playback(replace(guest, share=replace(guest.share, expires_at=end)), version)
        never = queries.playback(guest, version)

    assert soon["expires_at"] == end
    assert f".{int(end.timestamp())}." in soon["hls"]
    assert never["expires_at"] > end


def test_a_guests_addresses_name_the_share(cast: Cast) -> None:
    asset, version = deliver(cast.project)
    publish(version)
    guest = guest_of(cast, asset)

    with tenancy.scope(cast.org_id):
        document = queries.playback(guest, version)
        thumbnail = queries.thumbnails(guest, [asset.id])[asset.id]

    assert guest.share is not None
    for url in (document["hls"], document["mp4"], document["poster"], thumbnail):
        assert token_of(str(url))[4] == short_id(guest.share.share_id)


def test_a_watermarked_share_is_never_given_a_clean_rendition(cast: Cast) -> None:
    asset, version = deliver(cast.project)
    publish(version)
    guest = guest_of(cast, asset, watermark=True)

    with tenancy.scope(cast.org_id):
        document = queries.playback(guest, version)
        assert queries.thumbnails(guest, [asset.id]) == {}
        assert queries.storyboards(guest, [asset.id]) == {}

    assert {document[each] for each in ("hls", "mp4", "poster", "storyboard", "waveform")} == {None}


def test_a_link_plays_what_it_shows_and_nothing_else(cast: Cast) -> None:
    asset, version = deliver(cast.project)
    _, other = deliver(cast.project)
    publish(version)
    made = cast.editor.post("/api/shares", {"project": str(cast.project.id), "assets": [str(asset.id)]})
    assert made.status == 201, made

    answer = cast.nobody.get(f"/api/s/{made['token']}/versions/{version.id}/playback")

    assert answer.status == 200
    assert token_of(answer["hls"])[4] == short_id(UUID(made["id"]))
    assert cast.nobody.get(f"/api/s/{made['token']}/versions/{other.id}/playback").status == 404
    assert cast.nobody.get(f"/api/s/{'x' * 43}/versions/{version.id}/playback").status == 404


def test_the_socket_of_a_version_opens_for_those_who_see_it(cast: Cast) -> None:
    from dam.core.registry import resolve_topic

    asset, version = deliver(cast.project)

    topic = resolve_topic("versions", cast.viewer.actor, str(version.id))
    assert topic is not None

    assert (topic.version_id, topic.asset_id, topic.project_id) == (version.id, asset.id, cast.project.id)
    assert resolve_topic("versions", cast.stranger.actor, str(version.id)) is None
    assert resolve_topic("versions", guest_of(cast, asset), str(version.id)) is None
    assert resolve_topic("versions", cast.viewer.actor, "nonsense") is None
