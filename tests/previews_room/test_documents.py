"""A document's pages are read at one signed address with a place for the number, and comments name a page."""

from pathlib import Path

from dam.core import storage
from tests.cast import Cast
from tests.previews.test_engine_documents import office_file, paper
from tests.previews_room.deliveries import build, fresh, store


def test_playback_tells_how_many_pages_there_are_and_where(committed_cast: Cast) -> None:
    _, version = store(committed_cast.project, paper("contract.pdf", *[(595, 842)] * 3), kind="document")

    build(version)

    version = fresh(version)
    assert (version.preview_state, version.kind, version.poster) == ("ready", "document", True)
    pages = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")["pages"]
    assert (pages["count"], pages["shown"]) == (3, 3)
    assert pages["image"].endswith(f"/img/{version.sha256}/pages/{{n}}.webp")
    keys = set(storage.keys_under("edge-reader", "previews", f"{version.organization_id}/img/"))
    assert {f"{version.organization_id}/img/{version.sha256}/pages/{n}.webp" for n in (1, 2, 3)} <= keys


def test_a_comment_stands_on_a_page(committed_cast: Cast) -> None:
    _, version = store(committed_cast.project, paper("contract.pdf", *[(595, 842)] * 3), kind="document")

    said = committed_cast.reviewer.post(f"/api/versions/{version.id}/comments", {"body": "Here.", "page": 2})

    assert (said.status, said["page"]) == (201, 2)


def test_a_file_that_nobody_can_draw_is_there_to_be_downloaded(committed_cast: Cast, tmp_path: Path) -> None:
    blob = tmp_path / "old.xyz"
    blob.write_bytes(bytes(range(256)))
    _, version = store(committed_cast.project, blob, kind="other")

    build(version)

    answer = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert (answer["state"], answer["pages"], answer["poster"]) == ("ready", None, None)
    assert committed_cast.editor.get(f"/api/versions/{version.id}/download").status == 302


def test_an_office_document_has_pages_or_a_reason(committed_cast: Cast) -> None:
    _, version = store(committed_cast.project, office_file("letter.docx"), kind="document")

    build(version)

    answer = committed_cast.viewer.get(f"/api/versions/{version.id}/playback")
    assert answer["state"] == "ready"
    assert (answer["pages"] is None) == (answer["reason"] is not None)
