"""Acknowledged bytes become versions; what is learnt of bytes reaches every version of them."""

from activity.models import Event
from assets.models import Master, Version
from assets.services import set_facts, set_preview_state
from dam.core import tenancy
from tests.assets.catalogue import deliver, new_digest
from tests.cast import Cast


def test_the_same_bytes_in_the_same_asset_are_the_same_version(cast: Cast) -> None:
    digest = new_digest()
    asset, version = deliver(cast.project, sha256=digest)

    again = deliver(cast.project, sha256=digest, asset_id=asset.id)

    assert again == (asset, version)


def test_the_same_bytes_in_another_asset_share_the_master_and_what_is_known(cast: Cast) -> None:
    digest = new_digest()
    deliver(cast.project, sha256=digest)
    with tenancy.scope(cast.org_id):
        set_facts(sha256=digest, facts={"duration": 2.0, "frame_rate": "25/1", "meta": {"media": {}}})
        set_preview_state(sha256=digest, state="ready", poster=True)

    _, twin = deliver(cast.project, sha256=digest)

    assert (twin.number, twin.duration, twin.frame_rate, twin.preview_state) == (1, 2.0, "25/1", "ready")
    with tenancy.scope(cast.org_id):
        assert Master.objects.filter(sha256=digest).count() == 1


def test_two_organisations_may_hold_the_same_bytes(cast: Cast) -> None:
    digest = new_digest()

    deliver(cast.project, sha256=digest)
    deliver(cast.foreign, sha256=digest)

    for organization_id in (cast.org_id, cast.foreign.organization_id):
        with tenancy.scope(organization_id):
            assert Master.objects.filter(sha256=digest).count() == 1


def test_a_state_is_told_once_for_every_version_of_the_digest(cast: Cast) -> None:
    digest = new_digest()
    deliver(cast.project, sha256=digest)
    deliver(cast.project, sha256=digest)

    with tenancy.scope(cast.org_id):
        for _ in range(2):
            set_preview_state(sha256=digest, state="failed", reason="No picture in it.")
        told = Event.objects.filter(type="preview.updated")
        assert {each.data["state"] for each in told} == {"failed"}
        assert told.count() == 2
        assert set(Version.objects.filter(sha256=digest).values_list("preview_reason", flat=True)) == {
            "No picture in it."
        }


def test_titles_come_from_file_names(cast: Cast) -> None:
    names = {
        "clip.final.mov": "clip.final",
        ".mov": ".mov",
        "\u200e.mp4": "Untitled",
        "x" * 299 + "y.mp4": "x" * 299 + "y",
    }

    for name, title in names.items():
        assert deliver(cast.project, name=name)[0].title == title


def test_a_delivery_announces_asset_and_version(cast: Cast) -> None:
    asset, version = deliver(cast.project)

    with tenancy.scope(cast.org_id):
        told = {each.type: each for each in Event.objects.filter(asset_id=asset.id)}
    assert set(told) == {"asset.created", "version.created"}
    assert told["version.created"].data["id"] == str(version.id)
