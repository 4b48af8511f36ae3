"""Exports: the list's own filters, three formats, whatever people called their things, and nothing of anybody else's."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import xml.etree.ElementTree as ET
import zipfile
from typing import Any

import pytest

from activity.models import Event
from assets.models import Asset
from assets.queries import AssetFilter
from assets.services import edit_asset, set_facts
from dam.core import tenancy
from dam.core.access import SYSTEM
from exchange import queries
from exchange.export.archive import zipped
from exchange.queries import batches as reading
from tests.assets.catalogue import deliver
from tests.cast import Cast

DC = "{http://purl.org/dc/elements/1.1/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
OURS = "{urn:dam:xmp:1.0:}"


def exported(cast: Cast, query: str, *, who: str = "viewer") -> Any:
    answer = getattr(cast, who).get(f"/api/assets/export?{query}")
    assert answer.status == 200, answer
    return answer.response


def table(cast: Cast, query: str = "", *, who: str = "viewer") -> list[dict[str, str]]:
    text = exported(cast, f"format=csv&{query}".rstrip("&"), who=who).content.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def lines(cast: Cast, query: str = "", *, who: str = "viewer") -> list[dict[str, Any]]:
    body = exported(cast, f"format=jsonl&{query}".rstrip("&"), who=who).content
    return [json.loads(each) for each in body.splitlines()]


def edit(cast: Cast, asset: Asset, **changes: Any) -> None:
    with tenancy.scope(cast.org_id):
        edit_asset(SYSTEM, asset=Asset.objects.select_for_update().get(id=asset.id), changes=changes)


def test_table_has_a_row_for_each_asset_and_a_column_for_each_field(cast: Cast):
    cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    asset, version = deliver(cast.project, title="Opening", tags=["red", "Berlin, Mitte"], folder="day 1")
    deliver(cast.project, title="Closing")
    edit(cast, asset, fields={"niche": "cars"})

    rows = {each["title"]: each for each in table(cast)}

    assert set(rows) == {"Opening", "Closing"}
    found = rows["Opening"]
    assert found["id"] == str(asset.id)
    assert found["sha256"] == version.sha256
    assert found["name"] == "Opening shot.mov"
    assert found["tags"] == 'red;"Berlin, Mitte"'
    assert found["field.niche"] == "cars"
    assert found["project_name"] == "Feature film"
    assert rows["Closing"]["field.niche"] == ""


def test_lines_hold_the_lists_row_and_what_is_known_of_the_file(cast: Cast):
    asset, version = deliver(cast.project, title="Opening", tags=["red"])
    with tenancy.scope(cast.org_id):
        set_facts(sha256=version.sha256, facts={"frame_rate": "25/1", "width": 1920, "duration": 4.5})

    (found,) = lines(cast)

    listed = cast.viewer.get("/api/assets")["results"][0]
    del listed["current_version"]
    assert {name: found[name] for name in listed} == listed
    assert (found["frame_rate"], found["width"], found["version"]) == ("25/1", 1920, str(version.id))
    assert found["id"] == str(asset.id)


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\uff1d"])
def test_cells_that_a_spreadsheet_would_run_are_guarded(cast: Cast, beginning: str):
    deliver(cast.project, title=f"{beginning}1+1", tags=[f"{beginning}cmd"], name=f"{beginning}x.mov")

    (found,) = table(cast)

    assert [found[each] for each in ("title", "tags", "name")] == [
        f"'{beginning}1+1",
        f"'{beginning}cmd",
        f"'{beginning}x.mov",
    ]


def test_quotes_line_ends_and_every_script_come_through_the_table(cast: Cast):
    cast.owner.post("/api/fields", {"name": "Notes", "type": "long_text"})
    title = 'He said "go", שלום 東京 🎬'
    asset, _ = deliver(cast.project, title=title)
    edit(cast, asset, fields={"notes": "first\nsecond, third"})

    body = exported(cast, "format=csv").content

    assert b"\r\n" in body
    (found,) = csv.DictReader(io.StringIO(body.decode(), newline=""))
    assert (found["title"], found["field.notes"]) == (title, "first\nsecond, third")


def test_sidecars_come_in_an_archive_that_other_programs_read(cast: Cast):
    cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    asset, _ = deliver(
        cast.project, title="A & B <1>", tags=["red", "blue"], folder="day 1/../2", name="clip?.mov"
    )
    edit(cast, asset, fields={"niche": "cars & bikes"})

    archive = zipfile.ZipFile(io.BytesIO(exported(cast, "format=xmp").content))

    assert archive.testzip() is None
    assert archive.namelist() == ["day 1/2/clip_.mov.xmp"]
    root = ET.fromstring(archive.read("day 1/2/clip_.mov.xmp"))  # noqa: S314 - our own
    assert root.findtext(f".//{DC}title//{RDF}li") == "A & B <1>"
    assert [each.text for each in root.iterfind(f".//{DC}subject//{RDF}li")] == ["red", "blue"]
    assert root.findtext(f".//{OURS}niche") == "cars & bikes"


def test_names_in_the_archive_are_never_the_same_twice(cast: Cast):
    for name in ("clip.mov", "CLIP.mov", "../clip.mov", "NUL.mov"):
        deliver(cast.project, name=name)

    names = zipfile.ZipFile(io.BytesIO(exported(cast, "format=xmp&sort=created_at").content)).namelist()

    assert len({each.casefold() for each in names}) == 4
    assert not [each for each in names if each.startswith(("/", "..")) or each.casefold().startswith("nul.")]


def test_archive_outgrows_the_plain_format_without_being_damaged():
    members = [(f"folder/{n}.txt", b"x" * n) for n in range(300)]
    body = b"".join(zipped(iter(members), most32=2000, most16=100))

    archive = zipfile.ZipFile(io.BytesIO(body))

    assert archive.testzip() is None
    assert [(each, archive.read(each)) for each in archive.namelist()] == members


def test_empty_archive_and_table_are_whole(cast: Cast):
    assert zipfile.ZipFile(io.BytesIO(exported(cast, "format=xmp").content)).namelist() == []
    assert table(cast) == []
    assert exported(cast, "format=jsonl").content == b""


def test_the_filters_and_the_order_are_the_lists_own(cast: Cast):
    cast.owner.post("/api/fields", {"name": "Year", "type": "number"})
    for number, kind in enumerate(("video", "image", "image")):
        asset, _ = deliver(cast.project, title=f"Shot {number}", kind=kind, tags=["t"] if number else [])
        edit(cast, asset, fields={"year": 2020 + number})

    assert [each["title"] for each in lines(cast, "kind=image&sort=-title")] == ["Shot 2", "Shot 1"]
    assert [each["title"] for each in lines(cast, "field.year__gte=2021&tag=t&sort=title")] == [
        "Shot 1",
        "Shot 2",
    ]
    assert [each["title"] for each in lines(cast, "q=shot+1")] == ["Shot 1"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "format"),
        ("format=xlsx", "format"),
        ("format=csv&limit=5", "limit"),
        ("format=csv&cursor=x", "cursor"),
        ("format=csv&owner__password=x", "owner__password"),
        ("format=csv&field.nothing=1", "field.nothing"),
        ("format=csv&sort=owner", "sort"),
        ("format=csv&kind=film", "kind"),
        ("format=csv&q=%00", "q"),
    ],
)
def test_wrong_questions_are_refused_by_name_before_anything_is_sent(cast: Cast, query: str, field: str):
    answer = cast.viewer.get(f"/api/assets/export?{query}")

    assert answer.status == 400
    assert set(answer.errors) == {field}


def test_nobody_exports_what_they_do_not_see(cast: Cast):
    asset, _ = deliver(cast.project)
    deliver(cast.foreign, title="Theirs")

    assert [each["id"] for each in lines(cast)] == [str(asset.id)]
    assert [each["title"] for each in lines(cast, who="stranger")] == ["Theirs"]
    assert cast.stranger.get(f"/api/assets/export?format=csv&project={cast.project.id}").status == 404
    assert cast.nobody.get("/api/assets/export?format=csv").status == 401


def test_an_export_is_recorded(cast: Cast):
    exported(cast, f"format=csv&project={cast.project.id}&kind=video")

    with tenancy.scope(cast.org_id):
        told = Event.objects.get(verb="assets.exported")
    assert told.actor_id == cast.viewer.person.id
    assert told.data["format"] == "csv"
    assert told.data["query"]["kind"] == "video"


def test_what_is_taken_away_while_it_runs_is_not_exported(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "BATCH", 2)
    for number in range(4):
        deliver(cast.project, title=f"Shot {number}")
    batches = queries.records(
        cast.viewer.actor, organization_id=cast.org_id, wanted=AssetFilter(), sort="title"
    )
    next(batches)
    members = cast.owner.get(f"/api/projects/{cast.project.id}/members")["results"]
    (viewer,) = [each for each in members if each["role"] == "viewer"]
    cast.owner.delete(f"/api/projects/{cast.project.id}/members/{viewer['id']}")

    assert [each for batch in batches for each in batch] == []


def test_every_batch_is_complete_and_none_is_told_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "BATCH", 3)
    with tenancy.scope(cast.org_id):
        made = Asset.objects.bulk_create(
            [Asset(project_id=cast.project.id, title="Same", kind="image") for _ in range(10)]
        )

    found = lines(cast, "sort=title")

    assert sorted(each["id"] for each in found) == sorted(str(each.id) for each in made)


@pytest.mark.parametrize("form", ["csv", "xmp"])
def test_memory_does_not_grow_with_what_is_exported(cast: Cast, form: str):
    def peak(count: int) -> int:
        with tenancy.scope(cast.org_id):
            Asset.objects.bulk_create(
                [
                    Asset(project_id=cast.project.id, title=f"A {n} {'x' * 200}", kind="image")
                    for n in range(count)
                ],
                batch_size=1000,
            )
        response: Any = cast.viewer.http.get(f"/api/assets/export?format={form}", headers=cast.viewer.headers)
        tracemalloc.start()
        length = sum(map(len, response.streaming_content))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert length > count * 200 or form == "xmp"
        return most

    few, many = peak(1500), peak(8500)

    assert many < few * 1.5 + 1_000_000
