"""What the feeds keep for replay, and what a client is told that asks for more."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from activity.models import Event, Feed, Numbered, ShareEvent, ShareFeed
from activity.services import forget_old, share_feed
from dam.core import tenancy
from tests.activity.sockets import LiveProcess, happen, settle, wait_until_numbered
from tests.cast import Cast
from tests.shares.gallery import make_asset, share


def test_old_events_leave_the_feed_and_not_the_record(committed_cast: Cast, live: LiveProcess) -> None:
    path = f"/ws/projects/{committed_cast.project.id}/"
    for _ in range(3):
        happen(committed_cast.org_id, committed_cast.project.id)
    wait_until_numbered(committed_cast.org_id, 3)
    kept_from = timezone.now()
    happen(committed_cast.org_id, committed_cast.project.id)
    wait_until_numbered(committed_cast.org_id, 4)

    assert forget_old(before=kept_from) >= 3

    with tenancy.scope(committed_cast.org_id):
        assert list(Numbered.objects.values_list("number", flat=True)) == [4]
        assert Feed.objects.get().forgotten == 3
        assert Event.objects.filter(type="asset.created").count() == 4
    for since, first in (("0", {"type": "reset"}), ("2", {"type": "reset"}), ("3", 4)):
        client = live.open(f"{path}?since={since}", api=committed_cast.viewer)
        told = client.next()
        assert told == first if isinstance(first, dict) else told["seq"] == first
        client.close()


def test_a_shares_numbers_are_never_given_twice(committed_cast: Cast, live: LiveProcess) -> None:
    asset, version = make_asset(committed_cast)
    made = share(committed_cast, asset)
    settle(committed_cast.org_id)
    path = f"/ws/s/{made['token']}/"
    client = live.open(path)
    for _ in range(2):
        happen(
            committed_cast.org_id,
            committed_cast.project.id,
            event="comment.created",
            asset_id=asset.id,
            version_id=version.id,
        )
    assert [each["seq"] for each in client.take(2)] == [1, 2]
    client.close()

    forget_old(before=timezone.now() + timedelta(seconds=1))

    with tenancy.scope(committed_cast.org_id):
        assert not ShareEvent.objects.exists()
        assert ShareFeed.objects.get().forgotten == 2
    late = live.open(f"{path}?since=1")
    assert late.next() == {"type": "reset"}
    happen(
        committed_cast.org_id,
        committed_cast.project.id,
        event="comment.created",
        asset_id=asset.id,
        version_id=version.id,
    )
    assert late.next()["seq"] == 3
    late.close()


def test_a_book_that_is_far_behind_skips_and_says_so(
    committed_cast: Cast, live: LiveProcess, monkeypatch
) -> None:
    asset, version = make_asset(committed_cast)
    made = share(committed_cast, asset)
    settle(committed_cast.org_id)
    with tenancy.scope(committed_cast.org_id):
        share_feed.listen_as_guest(made["id"], project_id=committed_cast.project.id)
        ShareFeed.objects.update(listened_at=timezone.now() - timedelta(days=1))
    for _ in range(4):
        happen(
            committed_cast.org_id,
            committed_cast.project.id,
            event="comment.created",
            asset_id=asset.id,
            version_id=version.id,
        )
    settle(committed_cast.org_id)
    monkeypatch.setattr(share_feed, "MOST_AT_ONCE", 3)

    with tenancy.scope(committed_cast.org_id):
        last = share_feed.listen_as_guest(made["id"], project_id=committed_cast.project.id)
        book = ShareFeed.objects.get()

    assert (last, book.forgotten) == (1, 1)
    late = live.open(f"/ws/s/{made['token']}/?since=0")
    assert late.next() == {"type": "reset"}
    late.close()
