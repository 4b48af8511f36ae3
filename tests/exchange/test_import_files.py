"""Files of an import as programs write them, and such as cannot be read."""

from __future__ import annotations

import pytest

from assets.models import Asset
from dam.core import tenancy
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.exchange.sheets import as_json, ask, imported
from tests.ingest.sending import error_of, run_job


def title_of(cast: Cast, asset: Asset) -> str:
    with tenancy.scope(cast.org_id):
        return Asset.objects.get(id=asset.id).title


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("\ufefftitle;name\r\nGrün;clip.mov\r\n".encode(), None),
        ("title\tname\nGrün\tclip.mov\n".encode("utf-16"), None),
        ("sep=;\ntitle;name\nGrün;clip.mov".encode("windows-1252"), "windows-1252"),
        ('"Title" , "File"\n"Grün" , "clip.mov"\n\n\n'.encode("macintosh"), "macintosh"),
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(cast: Cast, body: bytes, encoding: str | None):
    asset, _ = deliver(cast.project, name="clip.mov")

    found = imported(cast, body, encoding=encoding)

    assert (found["changed"], found["errors"]) == (1, [])
    assert title_of(cast, asset) == "Grün"


@pytest.mark.parametrize(
    ("form", "body", "code"),
    [
        ("csv", "title,name\nGrün,clip.mov".encode("latin-1"), "unreadable-file"),
        ("csv", b"title,kind\nNew,video", "unreadable-file"),
        ("csv", b"\n\n", "unreadable-file"),
        ("json", b"{not json", "unreadable-file"),
        ("json", b"[" * 10_000 + b"]" * 10_000, "unreadable-file"),
        ("json", b'"text"', "unreadable-file"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_its_reason(cast: Cast, form: str, body: bytes, code: str):
    assert error_of(run_job(ask(cast, body, form))) == code


def test_lines_that_are_no_json_leave_the_others_alone(cast: Cast):
    asset, _ = deliver(cast.project)
    good = as_json({"id": str(asset.id), "title": "New"})
    deep = b'{"id":' + b"[" * 10_000
    surrogate = b'{"id":"\\ud800","title":"x"}'

    found = imported(cast, b"\n".join([b"{", deep, surrogate, b"", good]), "jsonl")

    assert [each["row"] for each in found["errors"]] == [1, 2, 3]
    assert title_of(cast, asset) == "New"
