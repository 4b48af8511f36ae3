"""Pairs of assets that may be the same: listed to who sees both, told apart for ever, or made one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from activity.models import Event
from assets.models import Asset, Hold, Version
from dam.core import tenancy
from dam.core.access import SYSTEM
from dam.core.db import new_id
from orgs.services import create_project
from similarity.models import Pair
from similarity.services.pairing import _CANDIDATES, pair_digest
from tests.assets.catalogue import deliver, new_digest, queries_of
from tests.cast import Cast
from tests.similarity import pictures


def twins(cast: Cast, **changes: Any) -> tuple[tuple[Asset, Version], tuple[Asset, Version]]:
    """Deliver the same bytes twice, as two assets."""
    digest = new_digest()
    return (
        deliver(cast.project, sha256=digest, title="First", **changes),
        deliver(cast.project, sha256=digest, title="Second", **changes),
    )


def near(cast: Cast, one: Version, other: Version) -> Pair:
    first, second = sorted((one, other), key=lambda each: each.id)
    with tenancy.scope(cast.org_id):
        return Pair.objects.create(first=first, second=second, kind="near", score=0.97)


def listed(cast: Cast, query: str = "", *, by: str = "viewer") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = getattr(cast, by).get(f"/api/duplicates{query}")["results"]
    return found


def test_the_same_bytes_in_two_assets_are_a_pair(cast: Cast):
    (first, one), (second, other) = twins(cast)

    [pair] = listed(cast, f"?project={cast.project.id}")

    assert (pair["kind"], pair["score"], pair["state"]) == ("exact", 1.0, "open")
    assert [each["id"] for each in pair["assets"]] == [str(first.id), str(second.id)]
    assert [each["version"]["id"] for each in pair["assets"]] == [str(one.id), str(other.id)]
    assert pair["assets"][0]["version"]["name"] == "Opening shot.mov"
    assert pair["assets"][0]["thumbnail"] is None


def test_the_same_bytes_on_one_stack_are_no_pair(cast: Cast):
    asset, version = deliver(cast.project)
    deliver(cast.project, asset_id=asset.id)
    deliver(cast.project, asset_id=asset.id, sha256=version.sha256)

    assert listed(cast) == []


def test_a_pair_is_seen_by_who_sees_both(cast: Cast):
    digest = new_digest()
    deliver(cast.project, sha256=digest)
    with tenancy.scope(cast.org_id):
        hidden = create_project(actor=SYSTEM, name="Hidden")
    deliver(hidden, sha256=digest)
    deliver(cast.foreign, sha256=digest)

    assert len(listed(cast, by="owner")) == 1
    assert len(listed(cast, f"?project={hidden.id}", by="owner")) == 1
    assert listed(cast, by="editor") == []
    assert listed(cast, by="stranger") == []
    pair = listed(cast, by="owner")[0]["id"]
    assert cast.editor.post(f"/api/duplicates/{pair}/dismiss").status == 404
    assert cast.owner.post(f"/api/duplicates/{pair}/merge").status == 409


def test_near_pairs_are_of_heads_and_of_nothing_in_the_trash(cast: Cast):
    asset, one = deliver(cast.project)
    trashed, other = deliver(cast.project)
    near(cast, one, other)
    assert [each["kind"] for each in listed(cast, "?kind=near")] == ["near"]
    assert listed(cast, "?kind=exact") == []

    deliver(cast.project, asset_id=asset.id)
    assert listed(cast) == []
    assert cast.editor.post(f"/api/versions/{one.id}/promote").status == 200
    assert len(listed(cast)) == 1

    assert cast.editor.delete(f"/api/assets/{trashed.id}").status == 204
    assert listed(cast) == []
    assert cast.editor.post(f"/api/assets/{trashed.id}/restore").status == 200
    assert len(listed(cast)) == 1


def test_dismissed_pairs_stay_dismissed(cast: Cast):
    (asset, version), (other, _) = twins(cast)
    [pair] = listed(cast)

    assert cast.viewer.post(f"/api/duplicates/{pair['id']}/dismiss").status == 403
    answer = cast.editor.post(f"/api/duplicates/{pair['id']}/dismiss")

    assert (answer.status, answer["state"]) == (200, "dismissed")
    assert cast.editor.post(f"/api/duplicates/{pair['id']}/dismiss").status == 200
    with tenancy.scope(cast.org_id):
        assert pair_digest(version.sha256) == 0
        lines = Event.objects.filter(verb="duplicate.dismissed").values_list("target_id", flat=True)
        assert set(lines) == {asset.id, other.id}
        assert len(lines) == 2
    deliver(cast.project, asset_id=asset.id, sha256=(digest := new_digest()))
    deliver(cast.project, asset_id=other.id, sha256=digest)
    assert listed(cast) == []
    assert cast.editor.post(f"/api/duplicates/{pair['id']}/merge").status == 409


def test_near_ones_become_one_stack_with_the_larger_picture_on_top(cast: Cast):
    small, one = deliver(cast.project, title="Small")
    large, other = deliver(cast.project, title="Large")
    with tenancy.scope(cast.org_id):
        Version.objects.filter(id=one.id).update(width=4000, height=3000)
        Version.objects.filter(id=other.id).update(width=400, height=300)
    pair = near(cast, one, other)

    answer = cast.editor.post(f"/api/duplicates/{pair.id}/merge")

    assert answer.status == 200
    assert (answer["id"], answer["version_count"]) == (str(small.id), 2)
    assert answer["current_version"]["id"] == str(one.id)
    assert listed(cast) == []
    assert cast.editor.get(f"/api/assets/{large.id}").status == 404
    again = cast.editor.post(f"/api/duplicates/{pair.id}/merge")
    assert (again.status, again["id"]) == (200, answer["id"])


def test_who_merges_says_which_asset_stays_and_which_leads(cast: Cast):
    _, one = deliver(cast.project, title="First")
    second, other = deliver(cast.project, title="Second")
    pair = near(cast, one, other)
    wrong = cast.editor.post(f"/api/duplicates/{pair.id}/merge", {"head": str(new_id())})
    assert (wrong.status, list(wrong.errors)) == (400, ["head"])

    answer = cast.editor.post(
        f"/api/duplicates/{pair.id}/merge", {"into": str(second.id), "head": str(second.id)}
    )

    assert (answer["title"], answer["current_version"]["id"]) == ("Second", str(other.id))


def test_the_same_bytes_become_one_and_the_copy_goes_to_the_trash(cast: Cast):
    (first, one), (second, other) = twins(cast)
    _, added = deliver(cast.project, asset_id=second.id, name="Newer.mov")
    collection = cast.editor.post("/api/collections", {"project": str(cast.project.id), "name": "Selects"})
    cast.editor.post(f"/api/collections/{collection['id']}/assets", {"add": [str(second.id)]})
    [pair] = listed(cast)

    answer = cast.editor.post(f"/api/duplicates/{pair['id']}/merge", {"into": str(first.id)})

    assert answer.status == 200
    assert {each["id"] for each in answer["versions"]} == {str(one.id), str(added.id)}
    assert listed(cast) == []
    held = cast.viewer.get(f"/api/assets?collection={collection['id']}")["results"]
    assert [each["id"] for each in held] == [str(first.id)]
    trash = cast.editor.get("/api/assets?trashed=true")["results"]
    assert [each["id"] for each in trash] == [str(second.id)]
    assert trash[0]["current_version"]["id"] == str(other.id)
    with tenancy.scope(cast.org_id):
        verbs = set(Event.objects.filter(asset_id=first.id).values_list("verb", flat=True))
    assert {"duplicate.merged", "asset.merged"} <= verbs
    assert cast.editor.post(f"/api/duplicates/{pair['id']}/merge").status == 200


@pytest.mark.parametrize("which", [0, 1])
def test_a_held_stack_takes_no_twin_and_gives_none_away(cast: Cast, which: int):
    both = twins(cast)
    [pair] = listed(cast)
    with tenancy.scope(cast.org_id):
        Hold.objects.create(asset=both[which][0])

    answer = cast.editor.post(f"/api/duplicates/{pair['id']}/merge", {"into": str(both[0][0].id)})

    assert (answer.status, answer.problem) == (409, "held")
    assert [each["id"] for each in listed(cast)] == [pair["id"]]


def test_the_asset_that_people_work_with_stays(cast: Cast):
    _, (second, other) = twins(cast)
    assert cast.reviewer.post(f"/api/versions/{other.id}/comments", {"body": "Here."}).status == 201
    [pair] = listed(cast)

    answer = cast.editor.post(f"/api/duplicates/{pair['id']}/merge")

    assert (answer["id"], answer["comment_count"]) == (str(second.id), 1)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?kind=same", "kind"),
        ("?project=x", "project"),
        ("?first__asset=1", "first__asset"),
        ("?limit=0", "limit"),
    ],
)
def test_what_the_list_does_not_know_is_refused_by_name(cast: Cast, query: str, field: str):
    answer = cast.viewer.get(f"/api/duplicates{query}")

    assert (answer.status, list(answer.errors)) == (400, [field])


@pytest.mark.parametrize(
    ("body", "field"), [({"into": "x"}, "into"), ({"tops": True}, "tops"), ({"head": "\u0000"}, "head")]
)
def test_what_a_merge_does_not_know_is_refused_by_name(cast: Cast, body: dict[str, Any], field: str):
    twins(cast)
    [pair] = listed(cast)

    answer = cast.editor.post(f"/api/duplicates/{pair['id']}/merge", body)

    assert (answer.status, list(answer.errors)) == (400, [field])


def test_lookups_walk_indexes_behind_row_level_security(cast: Cast):
    sample = pictures.sample(pictures.drawn(1))
    values: dict[str, Any] = {f"band{number}": words for number, words in enumerate(sample.probes())}
    values |= {"organization": cast.org_id, "itself": new_id(), "kind": "image", "recipe": 1, "most": 10}
    with tenancy.scope(cast.org_id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {_CANDIDATES}", values | {"place": 0, "shortest": None, "longest": None})
        plan = "\n".join(row[0] for row in cursor.fetchall())

    asked = [line for line in plan.splitlines() if "Index Cond" in line]
    for number in range(8):
        assert any(f"band{number} = ANY" in line for line in asked), plan
    assert "Seq Scan" not in plan


def test_two_deliveries_of_the_same_bytes_at_once_are_a_pair(committed_cast: Cast):
    digest = new_digest()
    deliver(committed_cast.project, sha256=digest)
    both = threading.Barrier(2, timeout=60)

    def delivered(number: int) -> None:
        try:
            with tenancy.scope(committed_cast.org_id):
                both.wait()
                deliver(committed_cast.project, sha256=digest, title=f"{number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(delivered, range(2)))

    assert len(listed(committed_cast)) == 3


def test_pages_follow_one_another_at_the_same_cost(cast: Cast):
    for _ in range(5):
        twins(cast)
    few = queries_of(lambda: cast.viewer.get("/api/duplicates?limit=1"))
    many = queries_of(lambda: cast.viewer.get("/api/duplicates?limit=500"))
    first = cast.viewer.get("/api/duplicates?limit=3")
    rest = cast.viewer.get(first["next"].partition("/api")[1] + first["next"].partition("/api")[2])

    assert few == many
    assert len({each["id"] for each in [*first["results"], *rest["results"]]}) == 5
