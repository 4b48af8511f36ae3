"""Mirrors: a tree that follows the catalogue, safe in its names, never outside its own folder, whatever dies meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from assets.models import Asset, Master, Version
from dam.core import storage, tenancy
from exchange.export.names import safe_name
from exchange.export.places import place_of
from exchange.models import Mirror, MirrorEntry
from exchange.services import sweep_mirrors
from exchange.services.mirroring.trees import DirectoryTree
from jobs import services as jobs
from jobs.models import Job
from orgs.models import Project
from tests.assets.catalogue import deliver
from tests.bulk.work import bulk
from tests.cast import Answer, Cast
from tests.ingest.sending import acknowledged, digest, fresh_bytes


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    settings.MIRROR_ROOTS["nas"] = str(tmp_path / "nas")
    (tmp_path / "nas").mkdir()
    yield tmp_path / "nas"
    del settings.MIRROR_ROOTS["nas"]


def define(cast: Cast, **changes: Any) -> Answer:
    given = {"name": "By year", "template": "{year}/{advertiser}/{stem}", "root": "nas"} | changes
    return cast.owner.post("/api/mirrors", given)


def run(cast: Cast, job_id: Any) -> Job:
    identity = UUID(str(job_id))
    jobs.run(identity, organization_id=cast.org_id)
    with tenancy.scope(cast.org_id):
        return Job.objects.get(id=identity)


def built(cast: Cast, **changes: Any) -> Answer:
    made = define(cast, **changes)
    assert made.status == 201, made
    job = run(cast, made["job"])
    assert job.state == "succeeded", job.error
    return made


def follow(cast: Cast, made: Answer) -> None:
    """Let the sweep look, and do what it asks for."""
    sweep_mirrors()
    with tenancy.scope(cast.org_id):
        row = Mirror.objects.get(id=made["id"])
    job = run(cast, row.job_id)
    assert job.state == "succeeded", job.error


def folder(cast: Cast, root: Path, made: Answer) -> Path:
    return root / str(cast.org_id) / str(made["id"])


def tree(cast: Cast, root: Path, made: Answer) -> set[str]:
    base = folder(cast, root, made)
    found = {str(each.relative_to(base)) for each in base.rglob("*") if not each.is_dir()}
    return found - {"manifest.jsonl"}


def manifest(cast: Cast, root: Path, made: Answer) -> set[str]:
    lines = (folder(cast, root, made) / "manifest.jsonl").read_text().splitlines()
    return {json.loads(each)["path"] for each in lines[1:]}


@pytest.fixture
def fields(cast: Cast) -> None:
    cast.owner.post("/api/field-presets", {"preset": "advertising"})


def test_a_mirror_is_a_tree_over_fields_and_follows_every_change(cast: Cast, root: Path, fields: None):
    first, _ = deliver(cast.project, name="one.mov")
    second, _ = deliver(cast.project, name="two.mov")
    cast.editor.patch(f"/api/assets/{first.id}", {"fields": {"year": 2024, "advertiser": "A/S Fjord"}})
    made = built(cast)
    assert tree(cast, root, made) == {"2024/A_S Fjord/one.url", "unknown/unknown/two.url"}
    assert str(first.id) in (folder(cast, root, made) / "2024/A_S Fjord/one.url").read_text()

    cast.editor.patch(f"/api/assets/{first.id}", {"fields": {"year": 2025}})
    cast.editor.delete(f"/api/assets/{second.id}")
    deliver(cast.project, name="three.mov")
    follow(cast, made)

    assert tree(cast, root, made) == {"2025/A_S Fjord/one.url", "unknown/unknown/three.url"}
    assert manifest(cast, root, made) == tree(cast, root, made)
    assert not (folder(cast, root, made) / "2024").exists()


def test_a_projects_mirror_runs_for_what_it_holds_alone(cast: Cast, root: Path):
    elsewhere = cast.owner.post("/api/projects", {"name": "Elsewhere"})["id"]
    asset, _ = deliver(cast.project, name="one.mov")
    made = built(cast, project=str(cast.project.id), template="{stem}")
    with tenancy.scope(cast.org_id):
        there = Project.objects.get(id=elsewhere)
        Mirror.objects.update(seen_until=timezone.now())  # what came before was looked at long ago

    deliver(there, name="two.mov")
    sweep_mirrors()
    assert cast.owner.get(f"/api/mirrors/{made['id']}")["job"] == made["job"]

    bulk(cast, [asset], {"move": elsewhere}, api=cast.owner)
    follow(cast, made)
    assert tree(cast, root, made) == set()


def test_a_template_shows_where_things_would_lie_before_it_is_used(cast: Cast, root: Path, fields: None):
    asset, _ = deliver(cast.project, name="one.mov")
    cast.editor.patch(f"/api/assets/{asset.id}", {"fields": {"year": 2024, "advertiser": "A/S Fjord"}})
    template = "{year}/{advertiser}/{stem}"
    shown = cast.owner.post("/api/mirrors/preview", {"template": template, "project": str(cast.project.id)})
    assert shown.status == 200, shown
    made = built(cast, template=template)
    assert {each["path"] for each in shown["places"]} == tree(cast, root, made)

    refused = cast.owner.post("/api/mirrors/preview", {"template": "{owner__password}/{name}"})
    assert refused.status == 400
    assert "template" in refused["errors"]


def test_collisions_are_numbered_and_keep_their_numbers(cast: Cast, root: Path):
    made_assets = [deliver(cast.project, name=name)[0] for name in ("clip.mov", "CLIP.mov", "clip.mov")]
    made = built(cast, template="{kind}/{name}")
    expected = {"video/clip.mov.url", "video/CLIP.mov (2).url", "video/clip.mov (3).url"}
    assert tree(cast, root, made) == expected

    cast.editor.delete(f"/api/assets/{made_assets[0].id}")
    follow(cast, made)
    assert tree(cast, root, made) == expected - {"video/clip.mov.url"}
    run(cast, cast.owner.post(f"/api/mirrors/{made['id']}/rebuild")["id"])

    assert tree(cast, root, made) == expected - {"video/clip.mov.url"}


def test_it_is_rebuilt_afresh_on_demand(cast: Cast, root: Path):
    deliver(cast.project, name="clip.mov")
    made = built(cast, template="{name}", content="json")
    path = folder(cast, root, made) / "clip.mov.json"
    path.write_text("damaged")
    (folder(cast, root, made) / "manifest.jsonl").unlink()

    answer = cast.owner.post(f"/api/mirrors/{made['id']}/rebuild")
    assert answer.status == 202
    run(cast, answer["id"])

    assert json.loads(path.read_text())["name"] == "clip.mov"
    assert manifest(cast, root, made) == {"clip.mov.json"}
    call_command("mirror", str(made["id"]), "--rebuild")
    with tenancy.scope(cast.org_id):
        assert Job.objects.get(id=str(Mirror.objects.get(id=made["id"]).job_id)).state == "queued"


NASTY = [
    "../../etc/passwd",
    "..",
    "/absolute",
    "C:\\Windows\\x",
    "con",
    "NUL.txt",
    "a\u202egpj.exe",
    "trailing. . ",
    "x" * 290,
    "日本語" * 90,
    ".hidden",
    'what?*<>|:"',
    "e\u0301te\u0301",
]


def test_names_are_safe_whatever_people_write(cast: Cast, root: Path):
    for title in NASTY:
        with tenancy.scope(cast.org_id):
            asset, _ = deliver(cast.project)
            Asset.objects.filter(id=asset.id).update(title=title)

    made = built(cast, template="{title|none}/{title}")

    found = tree(cast, root, made)
    assert len(found) == len(NASTY)
    assert [each.name for each in root.iterdir()] == [str(cast.org_id)]
    for path in found:
        for part in path.split("/"):
            assert len(part.encode()) <= 255
            assert part not in {"", ".", ".."}
            assert not set(part) & set('<>:"\\|?*\u202e')
            assert part.split(".")[0].casefold() not in {"con", "nul"}
            assert not part.startswith(".")


@pytest.mark.parametrize("text", [*NASTY, "", "\0", "\ud800", "a\nb", "aux.h", "COM1"])
def test_a_safe_name_is_safe_when_it_is_made_safe_again(text: str):
    once = safe_name(text)

    assert once
    assert safe_name(once) == once
    once.encode()


def test_nothing_outside_is_touched_through_links(cast: Cast, root: Path, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.txt").write_text("kept")
    deliver(cast.project, name="clip.mov")
    made = built(cast, template="{kind}/{name}")
    inside = folder(cast, root, made)
    (inside / "video" / "clip.mov.url").unlink()
    (inside / "video").rmdir()
    (inside / "video").symlink_to(outside)

    job = run(cast, cast.owner.post(f"/api/mirrors/{made['id']}/rebuild")["id"])

    assert [each.name for each in outside.iterdir()] == ["keep.txt"]
    assert "link" in cast.owner.get(f"/api/mirrors/{made['id']}")["fault"]
    assert job.state in {"succeeded", "queued", "failed"}


def test_a_link_in_a_files_place_is_replaced_and_never_followed(cast: Cast, root: Path, tmp_path: Path):
    target = tmp_path / "target"
    target.write_text("kept")
    deliver(cast.project, name="clip.mov")
    made = built(cast, template="{name}")
    path = folder(cast, root, made) / "clip.mov.url"
    path.unlink()
    path.symlink_to(target)

    run(cast, cast.owner.post(f"/api/mirrors/{made['id']}/rebuild")["id"])

    assert target.read_text() == "kept"
    assert not path.is_symlink()


def test_what_others_have_put_there_is_left_alone(cast: Cast, root: Path):
    made = built(cast, template="{name}")
    folder(cast, root, made).mkdir(parents=True, exist_ok=True)
    (folder(cast, root, made) / "clip.mov.url").write_text("somebody's")
    deliver(cast.project, name="clip.mov")

    follow(cast, made)

    assert (folder(cast, root, made) / "clip.mov.url").read_text() == "somebody's"
    assert tree(cast, root, made) == {"clip.mov.url", "clip.mov (2).url"}


def test_copies_of_masters_are_verified(committed_cast: Cast, root: Path):
    cast = committed_cast
    body = fresh_bytes()
    acknowledged(cast, body)

    made = built(cast, template="{stem}", content="master")

    assert tree(cast, root, made) == {"clip.mov"}
    assert (folder(cast, root, made) / "clip.mov").read_bytes() == body
    assert cast.owner.get(f"/api/mirrors/{made['id']}")["fault"] is None
    with tenancy.scope(cast.org_id):
        Master.objects.filter(sha256=digest(body)).update(sha256="0" * 64)
        Version.objects.filter(sha256=digest(body)).update(sha256="0" * 64)
    run(cast, cast.owner.post(f"/api/mirrors/{made['id']}/rebuild")["id"])
    assert (folder(cast, root, made) / "clip.mov").read_bytes() == body
    assert "other bytes" in cast.owner.get(f"/api/mirrors/{made['id']}")["fault"]


def test_a_prefix_of_the_docs_bucket_needs_no_root(cast: Cast):
    deliver(cast.project, name="clip.mov")

    made = built(cast, template="{kind}/{name}", root=None)

    prefix = f"mirrors/{cast.org_id}/{made['id']}/"
    lines = storage.get_bytes("promoter", "docs", f"{prefix}manifest.jsonl").splitlines()
    assert [json.loads(each)["path"] for each in lines[1:]] == ["video/clip.mov.url"]
    assert storage.get_bytes("promoter", "docs", f"{prefix}video/clip.mov.url").startswith(b"[Internet")
    cast.owner.delete(f"/api/mirrors/{made['id']}")
    with tenancy.scope(cast.org_id):
        run(cast, Mirror.objects.get(id=made["id"]).job_id)
        assert not Mirror.objects.filter(id=made["id"]).exists()
    for path in ("manifest.jsonl", "video/clip.mov.url"):
        with pytest.raises(storage.NotFound):
            storage.get_bytes("promoter", "docs", prefix + path)


def test_a_run_that_dies_is_taken_up_by_the_next(cast: Cast, root: Path, monkeypatch: pytest.MonkeyPatch):
    assets = [deliver(cast.project, name=f"{n}.mov")[0] for n in range(4)]
    made = built(cast, template="{name}")
    for number, each in enumerate(assets):
        cast.editor.patch(f"/api/assets/{each.id}", {"title": f"T{number}"})
    cast.owner.patch(f"/api/mirrors/{made['id']}", {"template": "{title}"})
    write, written = DirectoryTree.write, list[str]()

    def dies(self: Any, path: str, pieces: Any, *, word: str) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        write(self, path, pieces, word=word)

    with tenancy.scope(cast.org_id):
        job_id = Mirror.objects.get(id=made["id"]).job_id
    with monkeypatch.context() as patched:
        patched.setattr(DirectoryTree, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            run(cast, job_id)
    with tenancy.scope(cast.org_id):
        assert MirrorEntry.objects.filter(stamp="").exists()
        Job.objects.filter(id=str(job_id)).update(state="queued", lease_until=None)

    job = run(cast, job_id)

    assert job.state == "succeeded"
    assert tree(cast, root, made) == {f"T{n}.url" for n in range(4)}
    assert manifest(cast, root, made) == tree(cast, root, made)


def test_places_may_be_exchanged(cast: Cast, root: Path):
    first, _ = deliver(cast.project, title="A")
    second, _ = deliver(cast.project, title="B")
    made = built(cast, template="{title}")
    cast.editor.patch(f"/api/assets/{first.id}", {"title": "B"})
    cast.editor.patch(f"/api/assets/{second.id}", {"title": "A"})

    follow(cast, made)

    found = tree(cast, root, made)
    assert len(found) == 2
    said = {path: (folder(cast, root, made) / path).read_text() for path in found}
    assert {str(first.id) in said[path] for path in found if path.startswith("B")} == {True}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"template": "{nothing}/{name}"}, "template"),
        ({"template": "../{name}"}, "template"),
        ({"template": "{year"}, "template"),
        ({"template": "{kind}"}, "template"),
        ({"template": "a//{name}"}, "template"),
        ({"template": "\0{name}"}, "template"),
        ({"root": "etc"}, "root"),
        ({"root": "/etc"}, "root"),
        ({"content": "proxy"}, "content"),
        ({"project": "x"}, "project"),
        ({"owner": 1}, "owner"),
    ],
)
def test_a_wrong_mirror_is_refused_by_name(cast: Cast, root: Path, changes: dict[str, Any], field: str):
    answer = define(cast, **({"template": "{name}"} | changes))

    assert answer.status == 400
    assert set(answer.errors) == {field}


def test_mirrors_are_the_admins_own(cast: Cast, root: Path):
    made = define(cast, template="{name}")
    path = f"/api/mirrors/{made['id']}"

    assert define(cast, template="{name}").status == 409
    assert cast.editor.get(path).status == 403
    assert cast.editor.get("/api/mirrors").status == 403
    assert cast.stranger.get(path).status == 404
    assert cast.owner.patch(path, {"root": "other"}).status == 400
    assert cast.owner.patch(path, {"name": "Other"}, headers={"If-Match": '"x"'}).status == 412
    assert cast.owner.delete(path).status == 204
    assert cast.owner.get(path).status == 404


def test_a_long_place_is_cut_to_what_stores_take():
    record: dict[str, Any] = {
        "fields": {}, "id": "i", "title": "t" * 300, "name": "n" * 200 + ".mov", "kind": "video",
        "sha256": "s", "folder": "/".join(["ü" * 100] * 20), "project_name": "p", "version_number": 1,
        "created_at": "2026-01-02", "captured_at": None,
    }  # fmt: skip

    place = place_of("{folder}/{title}/{name}", record, content="link")

    assert len(place.encode()) <= 1000
    assert place.endswith(".url")
