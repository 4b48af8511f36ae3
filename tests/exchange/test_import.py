"""Imports: rows find their assets, say what they would change, change it once, and name whatever is wrong."""

from __future__ import annotations

import csv
import io
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from activity.models import Event
from assets.models import Asset
from dam.core import tenancy
from dam.core.access import Role
from exchange.services import applying, importing
from exchange.services.tally import Tally
from jobs import services as jobs
from jobs.models import Job
from orgs.services import Place, create_project, set_grant
from tests.assets.catalogue import deliver, queries_of
from tests.cast import Cast
from tests.exchange.sheets import as_json, ask, imported, result, table
from tests.ingest.sending import presign, run_job, upload


@pytest.fixture
def fields(cast: Cast) -> None:
    for name, kind, more in (
        ("Niche", "text", {}),
        ("Year", "number", {}),
        ("Shot on", "date", {}),
        ("Done", "boolean", {}),
        ("Camera", "choice", {"choices": ["A", "B"]}),
        ("Moods", "multi_choice", {"choices": ["calm", "loud"]}),
    ):
        answer = cast.owner.post("/api/fields", {"name": name, "type": kind, **more})
        assert answer.status == 201, answer


def now(cast: Cast, asset: Asset) -> Asset:
    with tenancy.scope(cast.org_id):
        return Asset.objects.get(id=asset.id)


def updates(cast: Cast) -> list[Event]:
    with tenancy.scope(cast.org_id):
        return list(Event.objects.filter(verb="asset.updated").order_by("id"))


def test_a_table_sets_title_tags_and_fields_of_every_type(cast: Cast, fields: None):
    asset, _ = deliver(cast.project)
    heading: list[Any] = [
        "ID",
        "Title",
        "Keywords",
        "Niche",
        "field.year",
        "Shot On",
        "done",
        "Camera",
        "moods",
    ]
    row: list[Any] = [asset.id, "New", "red; blue", "cars", "2024", "2024-05-01", "yes", "B", "loud;calm"]

    found = imported(cast, table([[*heading], [*row]]))

    assert (found["rows"], found["changed"], found["failed"], found["errors"]) == (1, 1, 0, [])
    after = now(cast, asset)
    assert (after.title, after.tags) == ("New", ["red", "blue"])
    assert after.fields == {
        "niche": "cars",
        "year": 2024,
        "shot_on": "2024-05-01",
        "done": True,
        "camera": "B",
        "moods": ["calm", "loud"],
    }
    assert cast.viewer.get("/api/assets?field.niche=cars&q=new").json["results"][0]["id"] == str(asset.id)


def test_a_dry_run_tells_what_would_change_and_changes_nothing(cast: Cast, fields: None):
    asset, _ = deliver(cast.project, title="Old")
    rows: list[list[Any]] = [["id", "title", "year"], [asset.id, "New", "2024"], [asset.id, "New", "soon"]]

    found = imported(cast, table(rows), dry_run=True)

    assert found["dry_run"] is True
    assert (found["changed"], found["failed"]) == (1, 1)
    assert found["changes"][0]["before"] == {"title": "Old", "fields": {}}
    assert found["changes"][0]["after"] == {"title": "New", "fields": {"year": 2024}}
    assert found["errors"] == [
        {"row": 3, "column": "year", "id": str(asset.id), "detail": "Must be a number."}
    ]
    assert now(cast, asset).title == "Old"
    assert updates(cast) == []


def test_errors_beyond_what_a_result_holds_are_fetched_as_a_table(
    cast: Cast, fields: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Tally, "most_errors", 2)
    asset, _ = deliver(cast.project)
    wrong: list[list[Any]] = [[asset.id, "soon", "=a"] for _ in range(4)]

    job = run_job(ask(cast, table([["id", "year", "nothing"], *wrong, [asset.id, "2024", ""]])))

    told = result(job)
    assert (told["changed"], told["failed"], len(told["errors"]), told["errors_left_out"]) == (1, 4, 2, 3)
    assert told["export"]["rows"] == 5
    fetched = cast.editor.get(f"/api/jobs/{job.id}/export")
    assert fetched.status == 302
    with urllib.request.urlopen(fetched.headers["Location"], timeout=20) as answer:  # noqa: S310  the store
        lines = list(csv.reader(io.StringIO(answer.read().decode())))
    assert lines == [
        ["row", "column", "id", "detail"],
        ["1", "nothing", "", "There is no such field."],
        *([str(row), "year", str(asset.id), "Must be a number."] for row in range(2, 6)),
    ]
    assert cast.viewer.get(f"/api/jobs/{job.id}/export").status == 404
    small = run_job(ask(cast, table([["id", "year"], [asset.id, "2025"]])))
    assert "export" not in result(small)


def test_rows_find_assets_by_digest_and_by_any_original_name(cast: Cast, fields: None):
    first, version = deliver(cast.project, name="first.mov")
    second, _ = deliver(cast.project, name="zweite schöne.mov")
    deliver(cast.project, asset_id=second.id, name="later.mov")

    by_digest = imported(cast, table([["checksum", "niche"], [version.sha256.upper(), "a"]]))
    by_name = imported(cast, table([["File name", "niche"], ["zweite scho\u0308ne.mov", "b"]]))

    assert (by_digest["changed"], by_name["changed"]) == (1, 1)
    assert now(cast, first).fields == {"niche": "a"}
    assert now(cast, second).fields == {"niche": "b"}


def test_a_name_that_several_assets_have_is_an_error_of_its_row(cast: Cast, fields: None):
    first, _ = deliver(cast.project, name="clip.mov")
    second, _ = deliver(cast.project, name="clip.mov")
    only, _ = deliver(cast.project, name="only.mov")

    found = imported(
        cast, table([["name", "niche"], ["clip.mov", "a"], ["only.mov", "b"], ["none.mov", "c"]])
    )

    assert [(each["row"], each["column"]) for each in found["errors"]] == [(2, "name"), (4, "name")]
    assert "Several assets" in found["errors"][0]["detail"]
    assert [now(cast, each).fields for each in (first, second, only)] == [{}, {}, {"niche": "b"}]


def test_what_one_exports_comes_back_unchanged(cast: Cast, fields: None):
    asset, _ = deliver(cast.project, title="=1+1", tags=["Berlin, Mitte", "-x", "a;b"])
    cast.editor.patch(f"/api/assets/{asset.id}", {"fields": {"moods": ["calm"], "year": -5, "done": False}})
    before = len(updates(cast))

    for form in ("csv", "jsonl"):
        body = cast.editor.get(f"/api/assets/export?format={form}").response.content
        found = imported(cast, body, form)
        assert (found["rows"], found["unchanged"], found["errors"]) == (1, 1, []), form

    assert len(updates(cast)) == before


def test_json_rows_name_what_is_wrong_with_each(cast: Cast, fields: None):
    asset, _ = deliver(cast.project)
    key = {"id": str(asset.id)}
    rows: list[Any] = [
        {**key, "fields": {"camera": "Z"}},
        {**key, "fields": {"nothing": 1}},
        {**key, "title": 5},
        {**key, "tags": "a;b", "fields": {"niche": "kept"}},
        {**key, "fields": ["x"]},
        {**key, "owner__password": "x"},
        {"title": "nameless"},
        {"id": "\0", "title": "x"},
        {"id": 7, "title": "x"},
        {"id": "01890000-0000-7000-8000-000000000000", "title": "x"},
        7,
    ]

    found = imported(cast, as_json(rows), "json")

    assert [(each["row"], each["column"]) for each in found["errors"]] == [
        (1, "field.camera"),
        (2, "field.nothing"),
        (3, "title"),
        (5, None),
        (6, "owner__password"),
        (7, None),
        (8, "id"),
        (9, "id"),
        (10, "id"),
        (11, None),
    ]
    assert (found["changed"], found["failed"]) == (1, 10)
    after = now(cast, asset)
    assert (after.tags, after.fields) == (["a", "b"], {"niche": "kept"})


def test_an_unknown_column_is_told_once_and_left_alone(cast: Cast):
    asset, _ = deliver(cast.project)

    found = imported(cast, table([["id", "title", "nich", "size"], [asset.id, "New", "cars", "5"]]))

    assert found["errors"] == [{"row": 1, "column": "nich", "id": None, "detail": "There is no such field."}]
    assert found["ignored"] == ["size"]
    assert now(cast, asset).title == "New"


def test_empty_cells_say_nothing_unless_they_clear(cast: Cast, fields: None):
    asset, _ = deliver(cast.project, tags=["t"])
    cast.editor.patch(f"/api/assets/{asset.id}", {"fields": {"niche": "cars", "year": 1}})
    body = table([["id", "tags", "niche", "year"], [asset.id, "", "", "2"]])

    imported(cast, body)
    assert (now(cast, asset).tags, now(cast, asset).fields) == (["t"], {"niche": "cars", "year": 2})

    imported(cast, body, clear_empty=True)
    assert (now(cast, asset).tags, now(cast, asset).fields) == ([], {"year": 2})


def test_rows_of_assets_that_one_may_not_edit_are_like_rows_of_none(cast: Cast):
    theirs, _ = deliver(cast.foreign)
    with tenancy.scope(cast.org_id):
        other = create_project(actor=cast.owner.actor, name="Other")
        set_grant(user=cast.editor.person, place=Place(project=other), role=Role.VIEWER)
        hidden = create_project(actor=cast.owner.actor, name="Hidden")
    seen, _ = deliver(other, name="clip.mov")
    unseen, _ = deliver(hidden, name="clip.mov")
    trashed, _ = deliver(cast.project)
    cast.editor.delete(f"/api/assets/{trashed.id}")

    rows: list[list[Any]] = [[each.id, "", "New"] for each in (theirs, seen, unseen, trashed)]
    found = imported(cast, table([["id", "name", "title"], *rows, ["", "clip.mov", "New"]]))

    assert {each["detail"] for each in found["errors"]} == {applying.NOT_THERE}
    assert (found["failed"], found["changed"]) == (5, 0)


def test_a_project_narrows_what_names_mean(cast: Cast):
    with tenancy.scope(cast.org_id):
        other = create_project(actor=cast.owner.actor, name="Other")
    here, _ = deliver(cast.project, name="clip.mov")
    there, _ = deliver(other, name="clip.mov")

    found = imported(
        cast,
        table([["name", "title"], ["clip.mov", "New"]]),
        who=cast.owner,
        project=str(cast.project.id),
    )

    assert found["changed"] == 1
    assert (now(cast, here).title, now(cast, there).title) == ("New", "clip")


def test_every_changed_asset_is_recorded_with_before_and_after(cast: Cast):
    asset, _ = deliver(cast.project, title="Old", tags=["t"])

    job = run_job(ask(cast, table([["id", "title"], [asset.id, "New"]])))

    (told,) = updates(cast)
    assert (told.before, told.after) == ({"title": "Old"}, {"title": "New"})
    assert (told.actor_id, told.asset_id, told.operation_id) == (cast.editor.person.id, asset.id, job.id)


def test_a_required_field_must_have_a_value_where_fields_are_given(cast: Cast, fields: None):
    cast.owner.post("/api/fields", {"name": "Client code", "type": "text", "required": True})
    asset, _ = deliver(cast.project)

    found = imported(cast, table([["id", "niche"], [asset.id, "cars"]]))

    assert [each["column"] for each in found["errors"]] == ["field.client_code"]
    assert now(cast, asset).fields == {}


def test_an_import_that_dies_goes_on_where_it_was_and_changes_nothing_twice(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    cast = committed_cast
    monkeypatch.setattr(importing, "BATCH", 2)
    made = [deliver(cast.project)[0] for _ in range(6)]
    asked = ask(cast, table([["id", "title"], *([each.id, f"New {n}"] for n, each in enumerate(made))]))
    plain, calls = applying.apply_rows, list[int]()

    def dies_in_the_third(*given: Any, **more: Any) -> None:
        plain(*given, **more)
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(importing, "apply_rows", dies_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        run_job(asked)
    assert [now(cast, each).title[:3] for each in made] == ["New"] * 4 + ["Ope"] * 2
    with tenancy.scope(cast.org_id):
        Job.objects.filter(id=asked["id"]).update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.sweep()

    job = run_job(asked)

    assert (result(job)["rows"], result(job)["changed"]) == (6, 6)
    assert [now(cast, each).title for each in made] == [f"New {n}" for n in range(6)]
    assert len([each for each in updates(cast) if each.operation_id == job.id]) == 6


def test_watchers_are_told_now_and_then_and_in_the_end(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    monkeypatch.setattr("activity.services.recording.MOST_TOLD_SINGLY", 0)
    monkeypatch.setattr("exchange.services.watching.TELL_EVERY_S", 3600)
    plain, made = jobs.JobRun.progress, [deliver(cast.project)[0] for _ in range(8)]
    rows = [[each.id, f"New {number}"] for number, each in enumerate(made)]

    def resets_of(job: Job) -> int:
        with tenancy.scope(cast.org_id):
            return Event.objects.filter(operation_id=job.id, type="reset", project_id=cast.project.id).count()

    whole = run_job(ask(cast, table([["id", "title"], *rows])))
    asked = ask(cast, table([["id", "title"], *[[each, f"Then {each}"] for each, _ in rows]]))

    def cancels(run: jobs.JobRun, fraction: float) -> None:
        cast.editor.post(f"/api/jobs/{asked['id']}/cancel")
        plain(run, fraction)

    monkeypatch.setattr(jobs.JobRun, "progress", cancels)
    stopped = run_job(asked)

    assert (whole.state, resets_of(whole)) == ("succeeded", 2)
    assert (stopped.state, resets_of(stopped)) == ("cancelled", 2)


def test_asking_again_changes_nothing_more(cast: Cast):
    asset, _ = deliver(cast.project)
    sent = upload(cast, table([["id", "title"], [asset.id, "New"]]), name="rows.csv", type="text/csv")
    order = {"upload": sent["id"], "format": "csv"}

    first = cast.editor.post("/api/assets/import", order)
    waiting = cast.editor.post("/api/assets/import", order)
    run_job(first)
    again = cast.editor.post("/api/assets/import", order)

    assert (first.status, waiting.status, again.status) == (202, 200, 202)
    assert waiting["id"] == first["id"] != again["id"]
    assert result(run_job(again))["unchanged"] == 1
    assert len(updates(cast)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": "xlsx"}, "format"),
        ({"format": None}, "format"),
        ({"upload": "x"}, "upload"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"encoding": "klingon"}, "encoding"),
        ({"match": "title"}, "match"),
        ({"nothing": 1}, "nothing"),
    ],
)
def test_a_wrong_order_is_refused_by_name(cast: Cast, changes: dict[str, Any], field: str):
    opened = presign(cast)

    answer = cast.editor.post(
        "/api/assets/import", {"upload": opened["upload"]["id"], "format": "csv"} | changes
    )

    assert answer.status == 400
    assert field in answer.errors


def test_an_upload_must_be_complete_and_ones_own_to_see(cast: Cast):
    opened = presign(cast)
    order = {"upload": opened["upload"]["id"], "format": "csv"}

    assert cast.editor.post("/api/assets/import", order).problem == "upload-incomplete"
    assert cast.viewer.post("/api/assets/import", order).status == 403
    assert set(cast.stranger.post("/api/assets/import", order).errors) == {"upload"}
    cast.editor.delete(f"/api/uploads/{opened['upload']['id']}")
    assert cast.editor.post("/api/assets/import", order).problem == "upload-closed"


def test_few_rows_and_many_cost_the_same(cast: Cast):
    def cost(count: int) -> int:
        made = [deliver(cast.project)[0] for _ in range(count)]
        asked = ask(
            cast, table([["id", "title", "tags"], *([each.id, "New", "t"] for each in made)]), dry_run=True
        )
        return queries_of(lambda: run_job(asked))

    assert cost(5) == cost(50)
