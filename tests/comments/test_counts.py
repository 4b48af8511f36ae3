"""Every asset carries the number of its comments: exact whatever is written, moved and taken away, by however many."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection, connections

from assets.models import Asset, Version
from assets.services import attach_asset, detach_version
from comments.models import Comment
from dam.core import tenancy
from tests.cast import Cast
from tests.shares.gallery import make_asset

FEW = 4


def counted(cast: Cast) -> dict[UUID, tuple[int, int]]:
    """Return what each asset says, and what is there."""
    with tenancy.scope(cast.org_id):
        said = dict(Asset.objects.values_list("id", "comment_count"))
        there = list(Comment.objects.filter(deleted_at=None).values_list("version__asset_id", flat=True))
    return {each: (number, there.count(each)) for each, number in said.items()}


def comment(cast: Cast, version: Version, **given: object) -> Comment:
    with tenancy.scope(cast.org_id):
        return Comment.objects.create(version=version, author_user=cast.owner.person, body="Here", **given)


def test_a_count_follows_what_is_written_deleted_and_brought_back(cast: Cast) -> None:
    asset, version = make_asset(cast)
    written = [comment(cast, version) for _ in range(3)]
    other, _ = make_asset(cast, "Other")
    assert counted(cast) == {asset.id: (3, 3), other.id: (0, 0)}

    path = f"/api/comments/{written[0].id}"
    assert cast.owner.send("DELETE", path).status == 204
    assert counted(cast)[asset.id] == (2, 2)
    with tenancy.scope(cast.org_id):
        Comment.objects.filter(id=written[1].id).update(body="There")
        Comment.objects.update(deleted_at=None)
        assert counted(cast)[asset.id] == (3, 3)
        Comment.objects.filter(id__in=[each.id for each in written[:2]]).delete()

    assert counted(cast)[asset.id] == (1, 1)
    assert cast.owner.get(f"/api/assets/{asset.id}")["comment_count"] == 1


def test_comments_of_many_assets_in_one_statement_are_counted(cast: Cast) -> None:
    made = [make_asset(cast, f"Clip {number}")[1] for number in range(FEW)]
    with tenancy.scope(cast.org_id):
        Comment.objects.bulk_create(
            Comment(version=each, author_user=cast.owner.person, body="Here")
            for number, each in enumerate(made)
            for _ in range(number)
        )

    assert sorted(counted(cast).values()) == [(number, number) for number in range(FEW)]


def test_a_count_goes_with_a_version_to_another_asset_and_back(cast: Cast) -> None:
    asset, version = make_asset(cast)
    other, moved = make_asset(cast, "Other")
    comment(cast, version)
    for _ in range(2):
        comment(cast, moved)
    with tenancy.scope(cast.org_id):
        attach_asset(cast.owner.actor, asset=asset, other=other)
        assert counted(cast) == {asset.id: (3, 3)}
        moved.refresh_from_db()
        fresh = detach_version(cast.owner.actor, asset=asset, version=moved)

    assert counted(cast) == {asset.id: (1, 1), fresh.id: (2, 2)}


@pytest.mark.parametrize("moves", [False, True])
def test_many_at_once_are_all_counted_even_where_the_version_moves_meanwhile(
    committed_cast: Cast, *, moves: bool
) -> None:
    asset, version = make_asset(committed_cast)
    other, moved = make_asset(committed_cast, "Other")
    begin = Barrier(FEW + moves)

    def write() -> None:
        begin.wait(60)
        for _ in range(5):
            comment(committed_cast, moved)
            comment(committed_cast, version)
        connections.close_all()

    def move() -> None:
        begin.wait(60)
        with tenancy.scope(committed_cast.org_id):
            held = {
                each.id: each
                for each in Asset.objects.select_for_update(of=("self",)).order_by("id")
                if each.id in {asset.id, other.id}
            }
            attach_asset(committed_cast.owner.actor, asset=held[asset.id], other=held[other.id])
        connections.close_all()

    with ThreadPoolExecutor(FEW + 1) as pool:
        done = [pool.submit(write) for _ in range(FEW)] + ([pool.submit(move)] if moves else [])
        for each in done:
            each.result(120)

    number = FEW * 5
    expected = {asset.id: (2 * number,) * 2} if moves else {asset.id: (number,) * 2, other.id: (number,) * 2}
    assert counted(committed_cast) == expected
    connection.close()
