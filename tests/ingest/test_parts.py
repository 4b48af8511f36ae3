from typing import Any

import pytest

from dam.core import storage, tenancy
from ingest.models import Upload
from ingest.multipart import MIB
from tests.cast import Answer, Cast
from tests.ingest.sending import presign, put, send_parts, upload

BODY = b"hello world"


def path(opened: Answer, rest: str = "") -> str:
    return f"/api/uploads/{opened['upload']['id']}{rest}"


def test_an_open_upload_shows_what_the_storage_has_received(cast: Cast) -> None:
    opened = presign(cast)
    assert cast.editor.get(path(opened))["received"] == []

    ledger = send_parts(opened, BODY)

    shown = cast.editor.get(path(opened))
    assert shown.status == 200
    assert shown["state"] == "open"
    etag = ledger[0]["etag"].strip('"')
    assert shown["received"] == [{"number": 1, "size": 11, "etag": etag}]


def test_complete_makes_the_file_and_repeats_itself(cast: Cast) -> None:
    opened = presign(cast)
    ledger = send_parts(opened, BODY)

    first = cast.editor.post(path(opened, "/complete"), {"parts": ledger})
    again = cast.editor.post(path(opened, "/complete"), {"parts": ledger})

    assert (first.status, first["state"]) == (200, "uploaded")
    assert (again.status, again.json) == (200, first.json)
    assert storage.head("promoter", "staging", opened["upload"]["staging_key"]).size == 11


def test_etags_are_compared_without_quotes(cast: Cast) -> None:
    opened = presign(cast)
    ledger = [each | {"etag": each["etag"].strip('"')} for each in send_parts(opened, BODY)]

    assert cast.editor.post(path(opened, "/complete"), {"parts": ledger}).status == 200


def test_a_url_is_dead_once_the_upload_is_complete(cast: Cast) -> None:
    opened = presign(cast)
    cast.editor.post(path(opened, "/complete"), {"parts": send_parts(opened, BODY)})

    assert put(opened["parts"][0]["url"], b"hello w0rld")[0] == 404
    assert storage.get_bytes("promoter", "staging", opened["upload"]["staging_key"]) == BODY


def test_complete_survives_a_crash_after_the_store_has_completed(cast: Cast) -> None:
    opened = presign(cast)
    ledger = send_parts(opened, BODY)
    with tenancy.scope(cast.org_id):
        row = Upload.objects.get()
    held = storage.list_parts("promoter", "staging", row.staging_key, upload_id=row.multipart_id)
    storage.complete_multipart("uploader", "staging", row.staging_key, upload_id=row.multipart_id, parts=held)

    answer = cast.editor.post(path(opened, "/complete"), {"parts": ledger})

    assert (answer.status, answer["state"]) == (200, "uploaded")


def two_parts(cast: Cast) -> tuple[Answer, list[dict[str, Any]]]:
    body = bytes(16 * MIB) + b"end"
    opened = presign(cast, size=len(body))
    return opened, send_parts(opened, body)


def test_a_missing_part_is_a_mismatch(cast: Cast) -> None:
    opened, ledger = two_parts(cast)

    answer = cast.editor.post(path(opened, "/complete"), {"parts": ledger[:1]})

    assert (answer.status, answer.problem) == (409, "part-mismatch")
    assert cast.editor.post(path(opened, "/complete"), {"parts": ledger}).status == 200


def test_a_part_that_never_came_is_a_mismatch(cast: Cast) -> None:
    opened = presign(cast)

    answer = cast.editor.post(path(opened, "/complete"), {"parts": [{"number": 1, "etag": "a" * 32}]})

    assert (answer.status, answer.problem) == (409, "part-mismatch")


def test_a_part_of_another_size_is_a_mismatch(cast: Cast) -> None:
    opened = presign(cast)
    with tenancy.scope(cast.org_id):
        row = Upload.objects.get()
    url = storage.presign_part(
        "uploader", "staging", row.staging_key, upload_id=row.multipart_id, number=1, size=5, expires_s=60
    )
    status, etag = put(url, b"short")
    assert status == 200

    answer = cast.editor.post(path(opened, "/complete"), {"parts": [{"number": 1, "etag": etag}]})

    assert (answer.status, answer.problem) == (409, "part-mismatch")


def test_another_etag_is_a_mismatch(cast: Cast) -> None:
    opened = presign(cast)
    send_parts(opened, BODY)

    answer = cast.editor.post(
        path(opened, "/complete"), {"parts": [{"number": 1, "etag": '"' + "0" * 32 + '"'}]}
    )

    assert (answer.status, answer.problem) == (409, "part-mismatch")
    assert "parts.0.etag" in answer.errors


@pytest.mark.parametrize(
    "parts",
    [
        [{"number": 1, "etag": "a"}, {"number": 1, "etag": "a"}],
        [{"number": 0, "etag": "a"}],
        [{"number": 2, "etag": "a"}],
        [{"number": 10_001, "etag": "a"}],
        [{"number": 1}],
        [{"number": 1, "etag": "a", "size": 3}],
        [1],
        "all",
        None,
    ],
)
def test_a_malformed_ledger_is_a_field_error(cast: Cast, parts: Any) -> None:
    opened = presign(cast)

    answer = cast.editor.post(path(opened, "/complete"), {"parts": parts})

    assert answer.status == 400, answer
    assert all(each.split(".")[0] == "parts" for each in answer.errors), answer


@pytest.mark.parametrize(
    "numbers", [[], [1, 1], [0], [2], ["1"], [1.5], [True], list(range(1, 102)), None, "1"]
)
def test_bad_numbers_are_a_field_error(cast: Cast, numbers: Any) -> None:
    answer = cast.editor.post(path(presign(cast), "/parts"), {"numbers": numbers})

    assert answer.status == 400, answer
    assert list(answer.errors) == ["numbers"]


def test_abort_takes_the_parts_away_and_gives_the_room_back(cast: Cast) -> None:
    from orgs.models import Organization

    opened = presign(cast)
    ledger = send_parts(opened, BODY)
    assert cast.editor.delete(path(opened)).status == 204
    assert cast.editor.delete(path(opened)).status == 204

    with tenancy.scope(cast.org_id):
        row = Upload.objects.get()
        assert Organization.objects.get(id=cast.org_id).storage_reserved == 0
    assert row.state == "aborted"
    with pytest.raises(storage.NotFound):
        storage.list_parts("promoter", "staging", row.staging_key, upload_id=row.multipart_id)
    for rest, body in (("/parts", {"numbers": [1]}), ("/complete", {"parts": ledger})):
        answer = cast.editor.post(path(opened, rest), body)
        assert (answer.status, answer.problem) == (409, "upload-closed")
    assert put(opened["parts"][0]["url"], BODY)[0] == 404


def test_abort_of_a_complete_upload_takes_the_file_away(cast: Cast) -> None:
    done = upload(cast, BODY)

    assert cast.editor.delete(f"/api/uploads/{done['id']}").status == 204

    with pytest.raises(storage.NotFound):
        storage.head("promoter", "staging", done["staging_key"])


def test_nobody_but_the_editors_of_the_project_touches_an_upload(cast: Cast) -> None:
    opened = presign(cast)
    ledger = {"parts": send_parts(opened, BODY)}

    for api, status in ((cast.viewer, 403), (cast.reviewer, 403), (cast.stranger, 404), (cast.nobody, 401)):
        assert api.get(path(opened)).status == status
        assert api.post(path(opened, "/parts"), {"numbers": [1]}).status == status
        assert api.post(path(opened, "/complete"), ledger).status == status
        assert api.delete(path(opened)).status == status


def test_an_id_of_the_wrong_form_is_not_found(cast: Cast) -> None:
    assert cast.editor.get("/api/uploads/nonsense").status == 404
