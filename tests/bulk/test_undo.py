"""What a bulk edit changed is given back by one job, where nobody has changed it since."""

from __future__ import annotations

from django.utils import timezone

from assets.models import Asset
from assets.services import create_field
from dam.core import tenancy
from dam.core.access import SYSTEM
from jobs.models import Job
from tests.bulk.work import ask, asset_now, assets_of, bulk, ids_of, row, undo
from tests.cast import Cast


def niche_of(cast: Cast) -> str:
    with tenancy.scope(cast.org_id):
        return create_field(actor=SYSTEM, given={"name": "Niche", "type": "text"}).key


def test_every_asset_gets_its_own_values_back(cast: Cast) -> None:
    niche = niche_of(cast)
    old, bare = assets_of(cast, 2, tags=["a"])
    bulk(cast, [old], {"set": {niche: "boats"}, "tag": ["b"]})
    edit = bulk(cast, [old, bare], {"set": {niche: "cars", "title": "Same"}, "tag": ["c"], "untag": ["a"]})

    back = undo(cast, edit)

    assert (back["kind"], back["state"]) == ("bulk-undo", "succeeded")
    assert (back["result"]["done"], back["result"]["failed"], back["result"]["skipped"]) == (2, 0, [])
    assert (row(cast, old)["fields"], row(cast, old)["tags"]) == ({niche: "boats"}, ["a", "b"])
    assert (row(cast, bare)["fields"], row(cast, bare)["tags"]) == ({}, ["a"])
    assert [row(cast, each)["title"] for each in (old, bare)] == ["Shot 0", "Shot 1"]
    found = cast.viewer.get(f"/api/assets?project={cast.project.id}&field.{niche}=boats")
    assert [each["id"] for each in found["results"]] == [str(old.id)]


def test_what_was_edited_since_stays_and_is_listed(cast: Cast) -> None:
    chosen = assets_of(cast, 3)
    edit = bulk(cast, chosen, {"tag": ["x"]})
    assert cast.editor.patch(f"/api/assets/{chosen[1].id}", {"title": "Mine"}).status == 200

    back = undo(cast, edit)

    told = back["result"]
    assert (told["done"], told["failed"], told["skipped"]) == (2, 1, [str(chosen[1].id)])
    assert [each["id"] for each in told["errors"]] == [str(chosen[1].id)]
    assert [row(cast, each)["tags"] for each in chosen] == [[], ["x"], []]


def test_what_an_edit_left_alone_is_left_alone_again(cast: Cast) -> None:
    had, had_not = assets_of(cast, 1, tags=["x"])[0], assets_of(cast, 1)[0]
    edit = bulk(cast, [had, had_not], {"tag": ["x"]})
    before = asset_now(cast, had).updated_at

    back = undo(cast, edit)

    assert back["result"]["done"] == 1
    assert (row(cast, had)["tags"], row(cast, had_not)["tags"]) == (["x"], [])
    assert asset_now(cast, had).updated_at == before


def test_edits_are_undone_one_after_the_other(cast: Cast) -> None:
    (asset,) = assets_of(cast, 1)
    first = bulk(cast, [asset], {"tag": ["one"]})
    second = bulk(cast, [asset], {"tag": ["two"]})

    assert undo(cast, second)["result"]["done"] == 1
    assert undo(cast, first)["result"]["done"] == 1

    assert row(cast, asset)["tags"] == []


def test_an_earlier_edit_is_not_undone_from_under_a_later_one(cast: Cast) -> None:
    (asset,) = assets_of(cast, 1)
    first = bulk(cast, [asset], {"tag": ["one"]})
    bulk(cast, [asset], {"tag": ["two"]})

    back = undo(cast, first)

    assert (back["result"]["done"], back["result"]["skipped"]) == (0, [str(asset.id)])
    assert row(cast, asset)["tags"] == ["one", "two"]


def test_an_undo_is_undone_and_undone_again(cast: Cast) -> None:
    (asset,) = assets_of(cast, 1)
    first = bulk(cast, [asset], {"tag": ["zero"]})
    edit = bulk(cast, [asset], {"tag": ["one"]})

    back = undo(cast, edit)
    again = undo(cast, back)
    assert row(cast, asset)["tags"] == ["zero", "one"]
    assert undo(cast, again)["result"]["done"] == 1

    assert row(cast, asset)["tags"] == ["zero"]
    assert undo(cast, first)["result"]["done"] == 1
    assert row(cast, asset)["tags"] == []


def test_asking_twice_is_the_same_job(cast: Cast) -> None:
    edit = bulk(cast, assets_of(cast, 1), {"tag": ["x"]})
    back = undo(cast, edit)

    again = cast.editor.post(f"/api/jobs/{edit['id']}/undo")

    assert (again.status, again["id"], again["state"]) == (200, back["id"], "succeeded")


def test_who_may_not_edit_may_not_undo(cast: Cast) -> None:
    edit = bulk(cast, assets_of(cast, 1), {"tag": ["x"]})

    told = {name: api.post(f"/api/jobs/{edit['id']}/undo").status for name, api in cast.members().items()}

    assert told["viewer"] == told["reviewer"] == 403
    assert cast.stranger.post(f"/api/jobs/{edit['id']}/undo").status == 404
    assert cast.nobody.post(f"/api/jobs/{edit['id']}/undo").status == 401


def test_a_job_over_several_projects_is_its_starters_to_undo(cast: Cast) -> None:
    chosen = assets_of(cast, 1)
    edit = bulk(cast, {}, {"tag": ["x"]})

    assert edit["project"] is None
    assert cast.viewer.post(f"/api/jobs/{edit['id']}/undo").status == 404
    assert undo(cast, edit)["result"]["done"] == 1
    assert row(cast, chosen[0])["tags"] == []


def test_only_ended_edits_can_be_undone(cast: Cast) -> None:
    chosen = assets_of(cast, 1)
    waiting = ask(cast.editor, chosen, {"tag": ["x"]})
    trash = bulk(cast, assets_of(cast, 1), {"trash": True})
    with tenancy.scope(cast.org_id):
        other = Job.objects.create(project=cast.project, kind="warm", idem_key="w", queue="short")

    for each in (waiting["id"], trash["id"], other.id):
        answer = cast.editor.post(f"/api/jobs/{each}/undo")
        assert (answer.status, answer.problem) == (409, "conflict")


def test_values_of_a_field_that_is_gone_do_not_come_back(cast: Cast) -> None:
    niche = niche_of(cast)
    (asset,) = assets_of(cast, 1)
    bulk(cast, [asset], {"set": {niche: "boats"}})
    edit = bulk(cast, [asset], {"set": {niche: None}, "tag": ["x"]})
    field = cast.owner.get("/api/fields")["results"][0]["id"]
    assert cast.owner.delete(f"/api/fields/{field}").status == 204

    back = undo(cast, edit)

    assert back["result"]["done"] == 1
    assert (row(cast, asset)["fields"], row(cast, asset)["tags"]) == ({}, [])


def test_an_asset_in_the_trash_was_changed_since(cast: Cast) -> None:
    kept, trashed = assets_of(cast, 2)
    edit = bulk(cast, [kept, trashed], {"tag": ["x"]})
    cast.editor.delete(f"/api/assets/{trashed.id}")

    back = undo(cast, edit)

    assert (back["result"]["done"], back["result"]["skipped"]) == (1, [str(trashed.id)])


def test_an_asset_that_is_gone_is_told_of(cast: Cast) -> None:
    kept, gone = assets_of(cast, 2)
    edit = bulk(cast, [kept, gone], {"tag": ["x"]})
    attached = cast.editor.post(f"/api/assets/{kept.id}/attach", {"asset": str(gone.id)})
    assert attached.status == 200
    with tenancy.scope(cast.org_id):
        Asset.objects.filter(id=kept.id).update(updated_at=timezone.now())

    back = undo(cast, edit)

    assert (back["result"]["done"], back["result"]["failed"]) == (0, 2)
    assert {each["id"] for each in back["result"]["errors"]} == set(ids_of([kept, gone]))
