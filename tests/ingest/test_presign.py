from typing import Any
from uuid import uuid4

import pytest

from dam.core import storage, tenancy
from dam.core.access import SYSTEM
from ingest.models import Upload
from ingest.multipart import MIB
from orgs.models import Organization
from orgs.services import create_project
from tests.cast import Cast
from tests.ingest.sending import presign, presign_body, put

UNKNOWN = "0193a5b0-0000-7000-8000-000000000001"

TIB = 1024**4


def reserved(cast: Cast) -> int:
    with tenancy.scope(cast.org_id):
        return Organization.objects.get(id=cast.org_id).storage_reserved


def test_a_staging_key_begins_with_its_organisation(cast: Cast) -> None:
    opened = presign(cast)

    assert opened["upload"]["staging_key"].startswith(f"{cast.org_id}/{opened['upload']['id']}/")


def test_presign_answers_the_upload_and_its_first_parts(cast: Cast) -> None:
    answer = presign(cast, size=40 * MIB)

    assert answer.status == 201
    assert set(answer.json) == {"upload", "parts"}
    assert set(answer["upload"]) == {"id", "state", "staging_key", "part_size", "part_count", "expires_at"}
    assert answer["upload"]["state"] == "open"
    assert (answer["upload"]["part_size"], answer["upload"]["part_count"]) == (16 * MIB, 3)
    assert [(each["number"], each["size"]) for each in answer["parts"]] == [
        (1, 16 * MIB),
        (2, 16 * MIB),
        (3, 8 * MIB),
    ]


def test_a_tebibyte_is_signed_a_hundred_parts_at_a_time(cast: Cast) -> None:
    answer = presign(cast, size=TIB)

    assert answer.status == 201
    assert answer["upload"]["part_count"] == 8963
    assert len(answer["parts"]) == 100
    last = cast.editor.post(f"/api/uploads/{answer['upload']['id']}/parts", {"numbers": [8963]})
    assert last.status == 200
    assert last["parts"][0]["size"] == TIB - 8962 * 117 * MIB


def test_only_part_uploads_are_ever_signed(cast: Cast) -> None:
    answer = presign(cast)

    assert all("partNumber=" in each["url"] and "uploadId=" in each["url"] for each in answer["parts"])
    assert all("content-length" in each["url"].lower() for each in answer["parts"])


def test_a_part_takes_exactly_its_bytes(cast: Cast) -> None:
    url = presign(cast, size=11)["parts"][0]["url"]

    assert put(url, b"x" * 12)[0] == 403
    assert put(url, b"x" * 10)[0] == 403
    assert put(url, b"x" * 11)[0] == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a/b.mov"),
        ("name", "..\\b.mov"),
        ("name", "../../etc/passwd"),
        ("name", ""),
        ("name", "  "),
        ("name", "a" * 300),
        ("name", "a\u0007b.mov"),
        ("name", "a\nb.mov"),
        ("name", "a\u0000b.mov"),
        ("name", ".."),
        ("name", 5),
        ("name", None),
        ("name", ...),
        ("size", 0),
        ("size", -1),
        ("size", "11"),
        ("size", 1.5),
        ("size", True),
        ("size", 5 * TIB + 1),
        ("size", 2**63 - 1),
        ("size", ...),
        ("type", "no media type"),
        ("type", "a/" + "b" * 300),
        ("type", ...),
        ("sha256", "xyz"),
        ("sha256", "A" * 64),
        ("sha256", ""),
        ("project", "not-a-uuid"),
        ("project", UNKNOWN),
        ("project", None),
        ("project", ...),
        ("folder", "a/../b"),
        ("asset", UNKNOWN),
        ("asset", "nonsense"),
        ("surprise", 1),
        ("organization", UNKNOWN),
    ],
)
def test_bad_input_names_its_field_and_leaves_nothing_behind(cast: Cast, field: str, value: Any) -> None:
    answer = presign(cast, **{field: value})

    assert answer.status == 400, answer
    assert field in answer.errors, answer
    with tenancy.scope(cast.org_id):
        assert not Upload.objects.exists()
    assert reserved(cast) == 0
    assert list(storage.keys_under("promoter", "staging", f"{cast.org_id}/")) == []


def test_a_foreign_project_is_a_field_error_in_the_same_words_as_an_unknown_one(cast: Cast) -> None:
    foreign = presign(cast, project=str(cast.foreign.id))
    unknown = presign(cast, project=str(uuid4()))

    assert (foreign.status, foreign.errors) == (unknown.status, unknown.errors)


def test_an_asset_of_another_project_is_refused(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        from assets.models import Asset

        other = create_project(actor=SYSTEM, name="Another")
        asset = Asset.objects.create(project=other, title="Elsewhere")

    answer = cast.owner.post("/api/presign", presign_body(cast, asset=str(asset.id)))

    assert answer.status == 400
    assert "asset" in answer.errors


def test_only_editors_may_upload(cast: Cast) -> None:
    statuses = {
        name: api.post("/api/presign", presign_body(cast)).status for name, api in cast.members().items()
    }

    assert statuses == {"owner": 201, "editor": 201, "reviewer": 403, "viewer": 403}
    assert cast.stranger.post("/api/presign", presign_body(cast)).status == 400
    assert cast.nobody.post("/api/presign", presign_body(cast)).status == 401


def test_quota_is_reserved_and_refused_when_full(cast: Cast) -> None:
    with tenancy.scope(cast.org_id):
        Organization.objects.filter(id=cast.org_id).update(storage_limit=100)

    assert presign(cast, size=60).status == 201
    full = presign(cast, size=41)

    assert full.status == 409
    assert full.problem == "quota-exceeded"
    assert reserved(cast) == 60


def test_the_same_idempotency_key_opens_one_upload(cast: Cast) -> None:
    first, again = (
        cast.editor.post("/api/presign", presign_body(cast), headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    )

    assert first.json == again.json
    with tenancy.scope(cast.org_id):
        assert Upload.objects.count() == 1
