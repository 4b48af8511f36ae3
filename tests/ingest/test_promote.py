from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from activity.models import Event
from assets.models import Asset, Master, Version
from dam.core import storage, tenancy
from dam.core.access import SYSTEM
from ingest.models import Manifest, Promotion, Upload
from jobs.models import Job, Priority
from orgs.models import Organization
from orgs.services import create_project
from tests.cast import Cast
from tests.ingest.sending import (
    acknowledged,
    copies_of,
    digest,
    error_of,
    fresh_bytes,
    masters_of,
    presign,
    promote,
    result_of,
    run_job,
    upload,
)


@pytest.fixture
def cast(committed_cast: Cast) -> Cast:
    return committed_cast


def test_promotion_answers_a_job_and_ends_with_a_version(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body, name="Take 1.mov", folder="Day 1")

    answer = promote(cast, done["staging_key"], digest(body), tags=["dailies"])
    assert (answer.status, answer["kind"], answer["state"]) == (202, "promote", "queued")
    assert cast.editor.get(f"/api/uploads/{done['id']}")["state"] == "promoting"
    with tenancy.scope(cast.org_id):
        assert Job.objects.get(id=answer["id"]).priority == Priority.SENT
    job = run_job(answer)

    result = result_of(job)
    assert set(result) == {"asset", "version"}
    version = cast.viewer.get(f"/api/versions/{result['version']}")
    assert (version["sha256"], version["size"], version["number"]) == (digest(body), len(body), 1)
    assert (version["kind"], version["name"]) == ("video", "Take 1.mov")
    asset = cast.viewer.get(f"/api/assets/{result['asset']}")
    assert (asset["title"], asset["tags"], asset["kind"]) == ("Take 1", ["dailies"], "video")
    shown = cast.editor.get(f"/api/uploads/{done['id']}")
    assert (shown["state"], shown["version"]) == ("promoted", result["version"])


def test_the_master_is_locked_and_cannot_be_deleted(cast: Cast) -> None:
    body = fresh_bytes()
    acknowledged(cast, body)

    with tenancy.scope(cast.org_id):
        master = Master.objects.get(sha256=digest(body))
    info = storage.head("promoter", "masters", master.key, version_id=master.storage_version)
    assert info.lock is not None
    assert info.lock.mode == "GOVERNANCE"
    assert info.lock.until > timezone.now() + timedelta(days=29, hours=23)
    assert info.lock.until == master.locked_until
    for identity in ("promoter", "purger", "gpu-writer"):
        with pytest.raises(storage.Refused):
            storage.delete(identity, "masters", master.key, version_id=master.storage_version)
    stored = storage.get_bytes("reader", "masters", master.key, version_id=master.storage_version)
    assert stored == body


def test_everything_is_written_in_one_transaction(cast: Cast) -> None:
    body = fresh_bytes()
    result = acknowledged(cast, body)

    with tenancy.scope(cast.org_id):
        organization = Organization.objects.get(id=cast.org_id)
        events = set(Event.objects.values_list("verb", flat=True))
        manifest = Manifest.objects.get(sha256=digest(body))
        preview = Job.objects.get(kind="preview")
    assert (organization.storage_reserved, organization.storage_used) == (0, len(body))
    assert {"asset.created", "version.created"} <= events
    assert (manifest.number, manifest.document["version"]) == (0, result["version"])
    assert str(preview.version_id) == result["version"]


def test_the_manifest_lies_beside_the_master(cast: Cast) -> None:
    body = fresh_bytes()
    result = acknowledged(cast, body)

    with tenancy.scope(cast.org_id):
        row = Manifest.objects.get(sha256=digest(body))
        master = Master.objects.get(sha256=digest(body))
    assert row.key == f"{cast.org_id}/{digest(body)}/manifest/000000.json"
    raw = storage.get_bytes("promoter", "masters", row.key)
    assert digest(raw) == row.digest
    assert row.document["master"]["version_id"] == master.storage_version
    assert row.document["previous"] is None
    assert (row.document["asset"], row.document["version"]) == (result["asset"], result["version"])
    assert storage.head("promoter", "masters", row.key, version_id=row.storage_version).lock


def test_staging_is_empty_afterwards(cast: Cast) -> None:
    acknowledged(cast, fresh_bytes())

    assert list(storage.keys_under("promoter", "staging", f"{cast.org_id}/")) == []
    with tenancy.scope(cast.org_id):
        assert not Upload.objects.get().is_staged


def test_a_repeated_promotion_is_the_same_job(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)

    first = promote(cast, done["staging_key"], digest(body))
    again = promote(cast, done["staging_key"], digest(body))
    job = run_job(first)
    after = promote(cast, done["staging_key"], digest(body))

    assert (first.status, again.status, after.status) == (202, 200, 200)
    assert first.json == again.json
    assert after["id"] == first["id"]
    assert after["result"] == job.result


def test_camel_case_is_understood(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)

    answer = cast.editor.post(
        "/api/promote",
        {
            "stagingKey": done["staging_key"],
            "mapping": {"project": str(cast.project.id)},
            "sha256": digest(body),
        },
    )

    assert answer.status == 202


def test_a_key_in_both_spellings_is_given_twice(cast: Cast) -> None:
    mapping = {"project": str(cast.project.id)}

    answer = cast.editor.post("/api/promote", {"stagingKey": "a", "staging_key": "b", "mapping": mapping})

    assert (answer.status, answer.errors) == (400, {"staging_key": ["Given twice."]})


def test_another_digest_fails_the_job_and_leaves_masters_untouched(cast: Cast) -> None:
    body = fresh_bytes()
    wrong = digest(b"something else" + body)
    done = upload(cast, body)

    job = run_job(promote(cast, done["staging_key"], wrong))

    assert error_of(job) == "digest-mismatch"
    assert masters_of(cast, wrong) == masters_of(cast, digest(body)) == []
    assert copies_of(cast, wrong) == []
    assert list(storage.keys_under("promoter", "masters", f"{cast.org_id}/")) == []
    with tenancy.scope(cast.org_id):
        assert not Master.objects.exists()
        assert not Asset.objects.exists()
    assert cast.editor.get(f"/api/uploads/{done['id']}")["state"] == "uploaded"


def test_after_a_mismatch_the_right_digest_is_a_new_job(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    wrong = promote(cast, done["staging_key"], "0" * 64)
    run_job(wrong)

    same = promote(cast, done["staging_key"], "0" * 64)
    right = promote(cast, done["staging_key"], digest(body))

    assert (same.status, same["id"], same["state"]) == (200, wrong["id"], "failed")
    assert right.status == 202
    assert right["id"] != wrong["id"]
    assert run_job(right).state == "succeeded"


def test_the_same_bytes_in_the_same_asset_are_the_same_version(cast: Cast) -> None:
    body = fresh_bytes()
    first = acknowledged(cast, body)

    again = acknowledged(cast, body, asset=first["asset"])

    assert again == first
    assert len(masters_of(cast, digest(body))) == 1


def test_the_same_bytes_in_another_asset_share_the_locked_master(cast: Cast) -> None:
    body = fresh_bytes()
    first = acknowledged(cast, body)

    other = acknowledged(cast, body)

    assert other["asset"] != first["asset"]
    assert len(masters_of(cast, digest(body))) == 1
    with tenancy.scope(cast.org_id):
        assert Version.objects.filter(sha256=digest(body)).count() == 2
        assert Organization.objects.get(id=cast.org_id).storage_used == len(body)
        chain = list(Manifest.objects.filter(sha256=digest(body)).order_by("number"))
    assert [each.number for each in chain] == [0, 1]
    assert chain[1].document["previous"] == chain[0].digest
    assert chain[1].document["asset"] == other["asset"]


def test_other_bytes_in_an_asset_become_its_next_version(cast: Cast) -> None:
    first = acknowledged(cast, fresh_bytes())

    second = acknowledged(cast, fresh_bytes(), asset=first["asset"])

    assert second["asset"] == first["asset"]
    assert cast.viewer.get(f"/api/versions/{second['version']}")["number"] == 2


def test_naming_a_known_digest_does_not_give_its_bytes_away(cast: Cast) -> None:
    secret = fresh_bytes()
    acknowledged(cast, secret)
    done = upload(cast, b"no idea what is in it")

    job = run_job(promote(cast, done["staging_key"], digest(secret)))

    assert error_of(job) == "digest-mismatch"
    with tenancy.scope(cast.org_id):
        assert Version.objects.filter(sha256=digest(secret)).count() == 1


def test_the_same_bytes_in_two_organisations_are_two_masters(cast: Cast) -> None:
    body = fresh_bytes()
    acknowledged(cast, body)
    done = upload(cast, body, api=cast.stranger, project=str(cast.foreign.id))

    answer = promote(cast, done["staging_key"], digest(body), api=cast.stranger, project=str(cast.foreign.id))

    assert run_job(answer).state == "succeeded"
    with tenancy.scope(cast.foreign.organization_id):
        key = Master.objects.get(sha256=digest(body)).key
    assert key.startswith(str(cast.foreign.organization_id))


def test_promotion_before_completion_is_refused(cast: Cast) -> None:
    opened = presign(cast)

    answer = promote(cast, opened["upload"]["staging_key"], "0" * 64)

    assert (answer.status, answer.problem) == (409, "upload-incomplete")


def test_promotion_after_abort_is_refused(cast: Cast) -> None:
    opened = presign(cast)
    cast.editor.delete(f"/api/uploads/{opened['upload']['id']}")

    answer = promote(cast, opened["upload"]["staging_key"], "0" * 64)

    assert (answer.status, answer.problem) == (409, "upload-closed")


def test_bad_mappings_are_field_errors(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    with tenancy.scope(cast.org_id):
        elsewhere = create_project(actor=SYSTEM, name="Another")
        asset_elsewhere = Asset.objects.create(project=elsewhere, title="Elsewhere")
    with tenancy.scope(cast.foreign.organization_id):
        foreign = Asset.objects.create(project=cast.foreign, title="Foreign")

    smart = cast.editor.post(
        "/api/collections",
        {"project": str(cast.project.id), "name": "Films", "kind": "smart", "query": {"kind": "video"}},
    )
    for mapping, field in (
        ({"collection": smart["id"]}, "mapping.collection"),
        ({"asset": str(foreign.id)}, "mapping.asset"),
        ({"asset": str(uuid4())}, "mapping.asset"),
        ({"asset": "nonsense"}, "mapping.asset"),
        ({"asset": str(asset_elsewhere.id)}, "mapping.asset"),
        ({"project": str(cast.foreign.id)}, "mapping.project"),
        ({"project": str(uuid4())}, "mapping.project"),
        ({"project": "nonsense"}, "mapping.project"),
        ({"project": None}, "mapping.project"),
        ({"collection": str(uuid4())}, "mapping.collection"),
        ({"title": ""}, "mapping.title"),
        ({"title": "a\nb"}, "mapping.title"),
        ({"tags": "dailies"}, "mapping.tags"),
        ({"fields": {"niche": "cars"}}, "mapping.fields.niche"),
        ({"surprise": 1}, "mapping.surprise"),
        ({"organization": str(cast.foreign.organization_id)}, "mapping.organization"),
    ):
        answer = promote(cast, done["staging_key"], digest(body), **mapping)
        assert answer.status == 400, (mapping, answer)
        assert field in answer.errors, (mapping, answer)
    with tenancy.scope(cast.org_id):
        assert not Job.objects.exists()


def test_bad_bodies_are_field_errors(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    good = {
        "staging_key": done["staging_key"],
        "mapping": {"project": str(cast.project.id)},
        "sha256": digest(body),
    }

    for change, field in (
        ({"sha256": "abc"}, "sha256"),
        ({"sha256": digest(body).upper()}, "sha256"),
        ({"staging_key": "unknown"}, "staging_key"),
        ({"staging_key": 7}, "staging_key"),
        ({"mapping": None}, "mapping"),
        ({"mapping": "all"}, "mapping"),
        ({"surprise": 1}, "surprise"),
    ):
        answer = cast.editor.post("/api/promote", good | change)
        assert answer.status == 400, (change, answer)
        assert field in answer.errors, (change, answer)


def test_a_staging_key_of_another_tenant_or_project_is_a_field_error(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    with tenancy.scope(cast.org_id):
        other = create_project(actor=SYSTEM, name="Another")

    foreign = promote(
        cast, done["staging_key"], digest(body), api=cast.stranger, project=str(cast.foreign.id)
    )
    elsewhere = promote(cast, done["staging_key"], digest(body), api=cast.owner, project=str(other.id))

    assert (foreign.status, list(foreign.errors)) == (400, ["staging_key"])
    assert (elsewhere.status, list(elsewhere.errors)) == (400, ["staging_key"])


def test_only_editors_may_promote(cast: Cast) -> None:
    done = upload(cast, fresh_bytes())

    statuses = {
        name: promote(cast, done["staging_key"], "0" * 64, api=getattr(cast, name)).status
        for name in ("viewer", "reviewer", "stranger", "nobody")
    }

    assert statuses == {"viewer": 403, "reviewer": 403, "stranger": 400, "nobody": 401}


def test_text_under_the_name_of_a_film_is_kept_as_what_it_claims(cast: Cast) -> None:
    result = acknowledged(cast, b"this is no film " + uuid4().bytes)

    with tenancy.scope(cast.org_id):
        assert Version.objects.get(id=UUID(result["version"])).kind == "video"


def test_a_cancelled_promotion_gives_the_upload_back(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    job = promote(cast, done["staging_key"], digest(body))
    assert cast.editor.delete(f"/api/uploads/{done['id']}").problem == "in-use"

    assert cast.editor.post(f"/api/jobs/{job['id']}/cancel").status == 200

    assert cast.editor.get(f"/api/uploads/{done['id']}")["state"] == "uploaded"
    again = promote(cast, done["staging_key"], digest(body))
    assert (again.status, again["id"]) == (202, job["id"])
    assert run_job(again).state == "succeeded"
    with tenancy.scope(cast.org_id):
        assert Promotion.objects.count() == 1
