"""What the sockets of guests ask of this room: who comes by a link, which feed it opens, what it shows."""

from uuid import UUID

from dam.core import registry, tenancy
from shares import passes
from shares.models import Share
from tests.cast import Cast
from tests.shares.gallery import Guest, make_asset, share


def test_a_live_link_opens_its_own_feed(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset)

    guest = registry.guest_of(made["token"], cookies={}, headers={})

    assert guest is not None
    topic = registry.resolve_topic("s", guest, made["token"])
    assert topic is not None
    assert (topic.organization_id, topic.project_id) == (cast.org_id, cast.project.id)
    assert topic.share_id == UUID(made["id"])


def test_members_open_no_feed_of_a_link(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset)

    assert registry.resolve_topic("s", cast.owner.actor, made["token"]) is None


def test_wrong_and_dead_links_open_nothing(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset)
    cast.editor.delete(f"/api/shares/{made['id']}")

    assert registry.guest_of(made["token"], cookies={}, headers={}) is None
    assert registry.guest_of("wrong", cookies={}, headers={}) is None


def test_a_locked_link_is_anonymous_until_a_proof_comes_along(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="p")
    opened = Guest(made["token"]).unlock(password="p", name="Mara")
    cookie = {passes.cookie_name(UUID(made["id"])): opened["access"]}

    locked = registry.guest_of(made["token"], cookies={}, headers={})
    by_cookie = registry.guest_of(made["token"], cookies=cookie, headers={})
    by_header = registry.guest_of(made["token"], cookies={}, headers={"x-share-access": opened["access"]})

    assert locked is not None
    assert locked.kind == "anonymous"
    assert by_cookie == by_header
    assert by_header is not None
    assert (by_header.kind, by_header.name) == ("guest", "Mara")


def test_asking_again_and_again_counts_and_logs_nothing(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, max_views=1)

    for _ in range(3):
        assert registry.guest_of(made["token"], cookies={}, headers={}) is not None

    assert cast.editor.get(f"/api/shares/{made['id']}")["view_count"] == 0
    assert cast.owner.get(f"/api/shares/{made['id']}/accesses")["results"] == []


def test_a_used_up_link_stays_open_to_whoever_holds_a_visit(cast: Cast):
    asset, _ = make_asset(cast)
    made = share(cast, asset, max_views=1)
    access = Guest(made["token"]).unlock()["access"]

    assert registry.guest_of(made["token"], cookies={}, headers={}) is None
    assert registry.guest_of(made["token"], cookies={}, headers={"X-Share-Access": access}) is not None


def test_events_reach_guests_only_from_what_the_share_shows(cast: Cast):
    asset, first = make_asset(cast, "Shown")
    other, hidden = make_asset(cast, "Hidden")
    current, frozen = (UUID(share(cast, asset, versions=each)["id"]) for each in ("current", "frozen"))
    _, second = make_asset(cast, "Shown again", asset=asset)
    places = [
        (asset.id, None),
        (asset.id, first.id),
        (asset.id, second.id),
        (other.id, None),
        (other.id, hidden.id),
        (asset.id, hidden.id),
    ]

    with tenancy.scope(cast.org_id):
        assert registry.seen_by_guests(current, places) == {(asset.id, None), (asset.id, second.id)}
        assert registry.seen_by_guests(frozen, places) == {(asset.id, None), (asset.id, first.id)}
        Share.objects.filter(id=current).update(revoked_at="2026-01-01T00:00:00Z")
        assert registry.seen_by_guests(current, places) == frozenset()
