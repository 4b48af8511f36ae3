from datetime import timedelta

import pytest
from django.utils import timezone

from dam.core import storage, tenancy
from ingest import services
from ingest.models import Upload
from orgs.models import Organization
from tests.cast import Cast
from tests.ingest.sending import digest, fresh_bytes, presign, promote, send_parts, upload

BODY = b"hello world"


@pytest.fixture
def cast(committed_cast: Cast) -> Cast:
    return committed_cast


def let_expire(cast: Cast) -> Upload:
    with tenancy.scope(cast.org_id):
        Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        return Upload.objects.get()


def test_an_upload_that_nobody_finished_expires(cast: Cast) -> None:
    opened = presign(cast)
    ledger = send_parts(opened, BODY)
    row = let_expire(cast)
    path = f"/api/uploads/{opened['upload']['id']}"
    assert cast.editor.post(f"{path}/parts", {"numbers": [1]}).problem == "upload-closed"
    assert cast.editor.post(f"{path}/complete", {"parts": ledger}).problem == "upload-closed"

    services.sweep()

    assert cast.editor.get(path)["state"] == "expired"
    with pytest.raises(storage.NotFound):
        storage.list_parts("promoter", "staging", row.staging_key, upload_id=row.multipart_id)
    with tenancy.scope(cast.org_id):
        assert Organization.objects.get(id=cast.org_id).storage_reserved == 0
        assert not Upload.objects.get().is_staged


def test_a_complete_upload_that_nobody_promoted_expires_with_its_file(cast: Cast) -> None:
    done = upload(cast, BODY)
    let_expire(cast)

    services.sweep()

    with pytest.raises(storage.NotFound):
        storage.head("promoter", "staging", done["staging_key"])
    assert promote(cast, done["staging_key"], digest(BODY)).problem == "upload-closed"


def test_an_upload_under_promotion_is_left_alone(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    promote(cast, done["staging_key"], digest(body))
    let_expire(cast)

    services.sweep()

    assert storage.head("promoter", "staging", done["staging_key"]).size == len(body)


def test_what_has_time_left_is_left_alone(cast: Cast) -> None:
    opened = presign(cast)

    services.sweep()

    assert cast.editor.get(f"/api/uploads/{opened['upload']['id']}")["state"] == "open"
