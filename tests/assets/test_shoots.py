"""Shoots: made by hand or of a proposal, described, filled, and taken away."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activity.models import Event
from assets.models import Asset
from assets.services import set_facts
from dam.core import tenancy
from dam.core.db import new_id
from tests.assets.catalogue import deliver, queries_of, titles
from tests.cast import Answer, Cast

MORNING = datetime(2026, 5, 3, 8, 0, tzinfo=UTC)
BERLIN, POTSDAM, HAMBURG = (52.52, 13.405), (52.39, 13.06), (53.55, 9.99)


def taken(cast: Cast, title: str, *, minutes: int, place: tuple[float, float] | None = None) -> Asset:
    """Deliver what a camera has recorded so many minutes after the morning."""
    asset, version = deliver(cast.project, title=title)
    facts: dict[str, Any] = {"captured_at": MORNING + timedelta(minutes=minutes)}
    if place is not None:
        facts |= {"latitude": place[0], "longitude": place[1]}
    with tenancy.scope(cast.org_id):
        set_facts(sha256=version.sha256, facts=facts)
    return asset


def made(cast: Cast, **given: Any) -> Answer:
    answer = cast.editor.post("/api/shoots", {"project": str(cast.project.id), "name": "Harbour"} | given)
    assert answer.status == 201, answer
    return answer


def proposed(cast: Cast, query: str = "") -> list[dict[str, Any]]:
    answer = cast.viewer.get(f"/api/shoots/proposals?project={cast.project.id}{query}")
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer["results"]
    return found


def test_a_shoot_is_made_described_and_listed(cast: Cast):
    client = cast.owner.post("/api/clients", {"name": "Client"})["id"]
    cast.owner.patch(f"/api/projects/{cast.project.id}", {"client": client})
    row = made(cast, date="2026-05-03", place="Hamburg", client=client, latitude=53.55, longitude=9.99)

    assert (row["name"], row["date"], row["place"], row["client"]) == (
        "Harbour",
        "2026-05-03",
        "Hamburg",
        client,
    )
    assert (row["latitude"], row["longitude"], row["asset_count"]) == (53.55, 9.99, 0)
    changed = cast.editor.patch(
        f"/api/shoots/{row['id']}", {"name": "Port", "date": None}, headers={"If-Match": row.headers["ETag"]}
    )
    assert (changed.status, changed["name"], changed["date"], changed["place"]) == (
        200,
        "Port",
        None,
        "Hamburg",
    )
    stale = cast.editor.patch(
        f"/api/shoots/{row['id']}", {"name": "X"}, headers={"If-Match": row.headers["ETag"]}
    )
    assert stale.status == 412
    for query in ("", f"?project={cast.project.id}", f"?client={client}"):
        assert [each["name"] for each in cast.viewer.get(f"/api/shoots{query}")["results"]] == ["Port"]
    with tenancy.scope(cast.org_id):
        line = Event.objects.get(verb="shoot.changed")
    assert line.before == {"name": "Harbour", "date": "2026-05-03"}
    assert line.after == {"name": "Port", "date": None}


def test_assets_are_put_in_moved_and_taken_out(cast: Cast):
    first, _ = deliver(cast.project, title="One")
    second, _ = deliver(cast.project, title="Two")
    row, other = made(cast, assets=[str(first.id)]), made(cast, name="Other")
    address = f"/api/shoots/{row['id']}/assets"

    answer = cast.editor.post(address, {"add": [str(second.id), str(second.id)]})

    assert (answer.status, answer["asset_count"]) == (200, 2)
    assert titles(cast.viewer.get(f"/api/assets?shoot={row['id']}&sort=title")) == ["One", "Two"]
    assert titles(cast.viewer.get(f"/api/assets?shoot__not={row['id']}")) == []
    assert titles(cast.viewer.get(f"/api/assets?q=Two&shoot={row['id']}")) == ["Two"]
    cast.editor.post(f"/api/shoots/{other['id']}/assets", {"add": [str(second.id)]})
    assert cast.viewer.get(f"/api/shoots/{row['id']}")["asset_count"] == 1
    assert cast.editor.post(address, {"remove": [str(first.id), str(second.id), str(new_id())]}).status == 200
    assert titles(cast.viewer.get(f"/api/assets?shoot={row['id']}")) == []
    assert titles(cast.viewer.get(f"/api/assets?shoot={other['id']}")) == ["Two"]
    assert cast.viewer.get("/api/assets?shoot=x").errors == {"shoot": ["Must be a valid UUID."]}


def test_foreign_assets_are_refused_all_or_nothing(cast: Cast):
    own, _ = deliver(cast.project)
    foreign, _ = deliver(cast.foreign)
    trashed, _ = deliver(cast.project)
    cast.editor.delete(f"/api/assets/{trashed.id}")
    row = made(cast)

    for wrong in (foreign.id, trashed.id, new_id()):
        answer = cast.editor.post(f"/api/shoots/{row['id']}/assets", {"add": [str(own.id), str(wrong)]})
        assert (answer.status, list(answer.errors)) == (400, ["add.1"])
    answer = cast.editor.post(
        "/api/shoots", {"project": str(cast.project.id), "name": "X", "assets": [str(foreign.id)]}
    )
    assert (answer.status, list(answer.errors)) == (400, ["assets.0"])
    assert cast.viewer.get(f"/api/shoots/{row['id']}")["asset_count"] == 0
    assert len(cast.viewer.get("/api/shoots")["results"]) == 1


def test_a_deleted_shoot_leaves_its_assets(cast: Cast):
    asset, _ = deliver(cast.project, title="One")
    row = made(cast, assets=[str(asset.id)])

    assert cast.viewer.delete(f"/api/shoots/{row['id']}").status == 403
    assert cast.editor.delete(f"/api/shoots/{row['id']}").status == 204

    assert cast.viewer.get(f"/api/shoots/{row['id']}").status == 404
    assert titles(cast.viewer.get("/api/assets")) == ["One"]
    with tenancy.scope(cast.org_id):
        assert Asset.objects.get(id=asset.id).shoot_id is None
        line = Event.objects.get(verb="shoot.deleted")
    assert line.before is not None
    assert line.before["assets"] == 1


def test_proposals_part_where_nothing_was_recorded(cast: Cast):
    for minutes in (0, 10, 170, 600, 601, 5000):
        taken(cast, f"At {minutes}", minutes=minutes)

    late, early = proposed(cast)

    assert (early["asset_count"], late["asset_count"]) == (3, 2)
    assert (early["name"], early["date"]) == ("2026-05-03", "2026-05-03")
    assert early["captured_from"] == "2026-05-03T08:00:00Z"
    assert early["captured_to"] == "2026-05-03T10:50:00Z"
    assert [each["asset_count"] for each in proposed(cast, "&least=1")] == [1, 2, 3]
    assert [each["asset_count"] for each in proposed(cast, "&gap=30")] == [2, 2]
    assert [each["asset_count"] for each in proposed(cast, "&gap=43200")] == [6]


def test_proposals_part_where_the_place_changes(cast: Cast):
    taken(cast, "One", minutes=0, place=BERLIN)
    taken(cast, "Two", minutes=5)
    taken(cast, "Three", minutes=10, place=POTSDAM)
    taken(cast, "Four", minutes=150, place=HAMBURG)
    taken(cast, "Five", minutes=151, place=HAMBURG)

    hamburg, berlin = proposed(cast)

    assert (berlin["asset_count"], hamburg["asset_count"]) == (3, 2)
    assert (hamburg["latitude"], hamburg["longitude"]) == pytest.approx(HAMBURG)
    assert [each["asset_count"] for each in proposed(cast, "&distance=1&least=1")] == [2, 2, 1]
    assert [each["asset_count"] for each in proposed(cast, "&distance=1000")] == [5]


def test_an_accepted_proposal_becomes_a_shoot_and_is_proposed_no_more(cast: Cast):
    for minutes in (0, 10, 20):
        taken(cast, f"At {minutes}", minutes=minutes, place=HAMBURG)
    deliver(cast.project, title="Undated")
    [proposal] = proposed(cast)
    assert (
        cast.viewer.post("/api/shoots", {"project": str(cast.project.id), "proposal": proposal["id"]}).status
        == 403
    )

    row = cast.editor.post("/api/shoots", {"project": str(cast.project.id), "proposal": proposal["id"]})

    assert (row.status, row["name"], row["date"], row["asset_count"]) == (201, "2026-05-03", "2026-05-03", 3)
    assert row["latitude"] == pytest.approx(HAMBURG[0])
    assert proposed(cast) == []
    again = cast.editor.post("/api/shoots", {"project": str(cast.project.id), "proposal": proposal["id"]})
    assert (again.status, list(again.errors)) == (400, ["proposal"])
    assert len(cast.viewer.get("/api/shoots")["results"]) == 1


def decide(cast: Cast, decision: str, proposal: dict[str, Any], *, who: str = "editor") -> Answer:
    body = {"project": str(cast.project.id), "proposal": proposal["id"]}
    answer: Answer = getattr(cast, who).post(f"/api/shoots/proposals/{decision}", body)
    return answer


def test_a_dismissed_proposal_is_proposed_no_more_until_that_is_taken_back(cast: Cast):
    for minutes in (0, 10, 5000, 5001, 5002):
        taken(cast, f"At {minutes}", minutes=minutes)
    late, early = proposed(cast)
    assert decide(cast, "dismiss", late, who="reviewer").status == 403

    answers = [decide(cast, "dismiss", late) for _ in range(2)]

    assert [(each.status, each["asset_count"]) for each in answers] == [(200, 3), (200, 3)]
    assert proposed(cast) == [early]
    assert proposed(cast, "&gap=43200") == [early]
    assert proposed(cast, "&dismissed=true") == [late]
    refused = cast.editor.post("/api/shoots", {"project": str(cast.project.id), "proposal": late["id"]})
    assert (refused.status, list(refused.errors)) == (400, ["proposal"])

    answers = [decide(cast, "take-back", late) for _ in range(2)]

    assert [(each.status, each["asset_count"]) for each in answers] == [(200, 3), (200, 3)]
    assert proposed(cast) == [late, early]
    assert proposed(cast, "&dismissed=true") == []
    with tenancy.scope(cast.org_id):
        said = Event.objects.filter(verb__startswith="proposal.").order_by("created_at", "id")
        lines = [(each.verb, each.before, each.after) for each in said]
    assert [each[0] for each in lines] == ["proposal.dismissed", "proposal.taken_back"]
    assert [each[1] for each in lines] == [{"dismissed": False}, {"dismissed": True}]
    assert [(each[2] or {})["assets_count"] for each in lines] == [3, 3]


def test_what_was_dismissed_stays_so_whatever_becomes_of_its_assets(cast: Cast):
    first, second = (taken(cast, f"At {each}", minutes=each) for each in (0, 10))
    [proposal] = proposed(cast)
    decide(cast, "dismiss", proposal)

    cast.editor.delete(f"/api/assets/{first.id}")
    cast.editor.post(f"/api/assets/{first.id}/restore")
    row = made(cast, assets=[str(second.id)])
    assert decide(cast, "dismiss", proposal)["asset_count"] == 1
    cast.editor.delete(f"/api/shoots/{row['id']}")

    assert proposed(cast, "&least=1") == []
    for asset in (first, second):
        cast.editor.delete(f"/api/assets/{asset.id}")
    for decision in ("dismiss", "take-back"):
        answer = decide(cast, decision, proposal)
        assert (answer.status, list(answer.errors)) == (400, ["proposal"])
    assert cast.owner.delete(f"/api/assets/{first.id}?purge=true").status == 202


@pytest.mark.parametrize("decision", ["dismiss", "take-back"])
def test_what_is_no_proposal_is_not_decided(cast: Cast, decision: str):
    asset = taken(cast, "One", minutes=0)
    [proposal] = proposed(cast, "&least=1")
    address, own = f"/api/shoots/proposals/{decision}", str(cast.project.id)

    for body, field in (
        ({"project": own, "proposal": "bm9uZQ"}, "proposal"),
        ({"project": own, "proposal": "\0"}, "proposal"),
        ({"project": own, "proposal": 7}, "proposal"),
        ({"project": own}, "proposal"),
        ({"proposal": proposal["id"]}, "project"),
        ({"project": str(cast.foreign.id), "proposal": proposal["id"]}, "project"),
        ({"project": own, "proposal": proposal["id"], "asset": str(asset.id)}, "asset"),
    ):
        answer = cast.editor.post(address, body)
        assert (answer.status, list(answer.errors)) == (400, [field]), body
    assert proposed(cast, "&least=1") == [proposal]


def test_pages_of_proposals_follow_one_another(cast: Cast):
    for day in range(5):
        for minutes in (0, 1):
            taken(cast, f"{day} {minutes}", minutes=1440 * day + minutes)
    start = f"/api/shoots/proposals?project={cast.project.id}"

    first = cast.viewer.get(f"{start}&limit=2")
    second = cast.viewer.get(first["next"].partition("/api")[1] + first["next"].partition("/api")[2])

    counted = cast.viewer.get(f"{start}&limit=1&count=capped")
    assert counted["count"] == {"value": 5, "exact": True}
    dates = [each["date"] for each in [*first["results"], *second["results"]]]
    assert dates == ["2026-05-07", "2026-05-06", "2026-05-05", "2026-05-04"]
    few = queries_of(lambda: cast.viewer.get(f"{start}&limit=1"))
    assert few == queries_of(lambda: cast.viewer.get(f"{start}&limit=100"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "A\u0000"}, "name"),
        ({"name": "A", "latitude": 91}, "latitude"),
        ({"name": "A", "longitude": "nan"}, "longitude"),
        ({"name": "A", "date": "soon"}, "date"),
        ({"name": "A", "client": str(new_id())}, "client"),
        ({"name": "A", "colour": "red"}, "colour"),
        ({"name": "A", "place": "x" * 301}, "place"),
        ({"name": "A", "assets": "all"}, "assets"),
        ({"proposal": "bm9uZQ"}, "proposal"),
        ({"proposal": "\ud800"}, "body"),
        ({}, "name"),
    ],
)
def test_what_a_shoot_cannot_be_is_refused_by_name(cast: Cast, body: dict[str, Any], field: str):
    raw = json.dumps({"project": str(cast.project.id)} | body).encode()

    answer = cast.editor.send("POST", "/api/shoots", raw=raw)

    assert (answer.status, list(answer.errors)) == (400, [field])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?project={project}&gap=0", "gap"),
        ("?project={project}&distance=nan", "distance"),
        ("?project={project}&least=x", "least"),
        ("?project={project}&count=all", "count"),
        ("?project={project}&cursor=x", "cursor"),
        ("?project={project}&dismissed=maybe", "dismissed"),
        ("?gap=3", "project"),
    ],
)
def test_what_proposals_do_not_know_is_refused_by_name(cast: Cast, query: str, field: str):
    answer = cast.viewer.get(f"/api/shoots/proposals{query.format(project=cast.project.id)}")

    assert (answer.status, list(answer.errors)) == (400, [field])
