"""The check of everything: silent about what is right, outspoken about each kind of damage."""

from __future__ import annotations

import io
import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from activity.models import Event
from assets.models import Asset, Master, Version
from dam.core import storage, tenancy
from dam.core.models import Outbox
from ingest import services
from ingest.models import Manifest, Upload
from jobs.models import Job
from orgs.models import Organization
from previews.models import Preview
from tests.cast import Cast
from tests.ingest.sending import acknowledged, digest, fresh_bytes, presign, promote, upload


@pytest.fixture
def cast(committed_cast: Cast) -> Cast:
    return committed_cast


def checks_of(cast: Cast, **options: Any) -> set[str]:
    """Return which checks found something; nothing is forgiven for being in progress."""
    with tenancy.scope(cast.org_id):
        Outbox.objects.all().delete()
    report = services.verify(organization_ids=[cast.org_id], grace_s=0, **options)
    return {each.check for each in report.findings}


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command("verify", "--json", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_what_is_right_is_found_right(cast: Cast) -> None:
    first = acknowledged(cast, fresh_bytes())
    acknowledged(cast, fresh_bytes(), asset=first["asset"])
    presign(cast)
    upload(cast, fresh_bytes())

    report = services.verify(organization_ids=[cast.org_id])

    assert report.findings == []
    assert (report.checked["masters"], report.checked["manifests"], report.checked["bytes"]) == (2, 2, 2000)
    assert (report.checked["staged objects"], report.checked["open multipart uploads"]) == (1, 1)


def test_the_command_answers_programs(cast: Cast) -> None:
    acknowledged(cast, fresh_bytes())

    code, told = run("--org", cast.organization.slug)
    assert (code, told["ok"], told["findings"]) == (0, True, [])
    assert told["checked"]["masters"] == 1

    with tenancy.scope(cast.org_id):
        master = Master.objects.get()
        Master.objects.update(size=7)
    code, told = run("--org", str(cast.org_id))
    assert (code, told["ok"]) == (1, False)
    at_fault = next(each for each in told["findings"] if each["check"] == "master-size")
    assert (at_fault["organization"], at_fault["id"]) == (str(cast.org_id), str(master.id))
    assert "1000 bytes lie there" in at_fault["detail"]
    with pytest.raises(CommandError, match="no organisation"):
        call_command("verify", "--org", "nobody-s")


def test_a_sample_reads_so_many_masters(cast: Cast) -> None:
    for _ in range(3):
        acknowledged(cast, fresh_bytes(200))

    assert run("--org", cast.organization.slug, "--sample", "2")[1]["checked"]["masters"] == 2
    assert "masters" not in run("--org", cast.organization.slug, "--sample", "0")[1]["checked"]


def test_altered_and_lost_bytes_are_found(cast: Cast) -> None:
    body = fresh_bytes()
    acknowledged(cast, body)
    with tenancy.scope(cast.org_id):
        master = Master.objects.get()
    other = secrets.token_bytes(len(body))
    altered = storage.put_bytes("promoter", "masters", master.key, other, content_type="video/quicktime")

    with tenancy.scope(cast.org_id):
        Master.objects.update(storage_version=altered.version_id)
    assert "master-bytes" in checks_of(cast)
    with tenancy.scope(cast.org_id):
        Master.objects.update(storage_version="0" * 32)
    assert {"master-head", "master-bytes"} <= checks_of(cast)


def test_a_lock_that_falls_short_is_found(cast: Cast) -> None:
    acknowledged(cast, fresh_bytes())
    with tenancy.scope(cast.org_id):
        Master.objects.update(locked_until=timezone.now() + timedelta(days=400))
    assert checks_of(cast) == {"master-lock"}
    with tenancy.scope(cast.org_id):
        Master.objects.update(locked_until=timezone.now(), lock_mode="COMPLIANCE")
    assert checks_of(cast) == {"master-lock"}


def test_a_manifest_that_says_otherwise_is_found(cast: Cast) -> None:
    acknowledged(cast, fresh_bytes())
    with tenancy.scope(cast.org_id):
        row = Manifest.objects.get()
        master = Master.objects.get()
        Master.objects.filter(id=master.id).update(storage_version="elsewhere")
    assert "manifest" in checks_of(cast)
    with tenancy.scope(cast.org_id):
        Master.objects.filter(id=master.id).update(storage_version=master.storage_version)
        # Behind the first entry, a third one: the chain has a gap, and names nobody before it.
        Manifest.objects.create(
            sha256=row.sha256,
            number=2,
            key=row.key,
            digest=row.digest,
            storage_version=row.storage_version,
            document=row.document | {"previous": "0" * 64},
        )
    assert checks_of(cast) == {"manifest", "manifest-chain", "manifest-link"}


def test_rows_that_contradict_each_other_are_found(cast: Cast) -> None:
    acknowledged(cast, fresh_bytes())
    with tenancy.scope(cast.org_id):
        Version.objects.update(size=1)
        Asset.objects.update(version_count=3)
        Preview.objects.update(state="ready")
        Preview.objects.create(sha256="0" * 64, recipe_version=1)
        Organization.objects.filter(id=cast.org_id).update(storage_reserved=5)

    assert checks_of(cast) == {
        "version-master",
        "asset-head",
        "preview-state",
        "preview-orphan",
        "preview-stuck",
        "quota",
    }


def test_an_act_that_nobody_recorded_is_found(cast: Cast) -> None:
    acknowledged(cast, fresh_bytes())
    with tenancy.scope(cast.org_id):
        Asset.objects.update(trashed_at=timezone.now())
        silent = Asset.objects.create(project=cast.project, title="Nobody made this")
        assert not Event.objects.filter(target_id=silent.id).exists()

    report = services.verify(organization_ids=[cast.org_id])
    unrecorded = [each.detail for each in report.findings if each.check == "not-recorded"]
    assert sorted(unrecorded) == ["asset.created is not in the record", "asset.deleted is not in the record"]


def test_work_that_nobody_does_any_more_is_found(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    promote(cast, done["staging_key"], digest(body))
    with tenancy.scope(cast.org_id):
        Job.objects.update(state="running", lease_until=timezone.now())
    assert checks_of(cast) == {"job-stuck"}
    with tenancy.scope(cast.org_id):
        Job.objects.update(state="failed", lease_until=None)
    assert checks_of(cast) == {"job-end", "upload-stuck"}


def test_a_message_that_nobody_delivered_is_found(cast: Cast) -> None:
    acknowledged(cast, fresh_bytes())

    report = services.verify(organization_ids=[cast.org_id], grace_s=0)

    assert {each.check for each in report.findings} == {"outbox-dead"}


def test_bytes_that_belong_to_nothing_are_found(cast: Cast) -> None:
    body = fresh_bytes()
    acknowledged(cast, body)
    stray = f"{cast.org_id}/stray/x"
    upload_id = storage.create_multipart("uploader", "staging", stray)
    copy_id = storage.create_multipart("promoter", "masters", f"{cast.org_id}/{'0' * 64}/master")
    done = upload(cast, body)
    with tenancy.scope(cast.org_id):
        Upload.objects.filter(id=done["id"]).update(is_staged=False)

    assert checks_of(cast) == {"staging-left", "multipart-left"}

    assert services.sweep_strays(older_than_s=0) >= 2
    assert checks_of(cast) == {"staging-left"}
    for bucket_name, key, gone in (
        ("staging", stray, upload_id),
        ("masters", f"{cast.org_id}/{'0' * 64}/master", copy_id),
    ):
        assert gone not in storage.open_multiparts("promoter", bucket_name, key)


def test_the_janitor_leaves_what_is_in_use_and_what_is_not_ours(cast: Cast) -> None:
    opened = presign(cast)
    foreign = storage.create_multipart("uploader", "staging", f"{digest(b'x')}/of-another-platform")

    services.sweep_strays(older_than_s=0)

    with tenancy.scope(cast.org_id):
        row = Upload.objects.get()
    assert row.multipart_id in storage.open_multiparts("promoter", "staging", row.staging_key)
    assert cast.editor.get(f"/api/uploads/{opened['upload']['id']}").status == 200
    key = f"{digest(b'x')}/of-another-platform"
    assert foreign in storage.open_multiparts("promoter", "staging", key)
    storage.abort_multipart("uploader", "staging", key, upload_id=foreign)
