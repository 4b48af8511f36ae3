"""The portal's typed client is generated from a committed document; it must be the server's own."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import override_settings

from dam.core.web.parsing import Input

DOCUMENT = Path(__file__).resolve().parents[2] / "portal" / "tools" / "openapi" / "openapi.json"


def made() -> dict[str, Any]:
    told = StringIO()
    call_command("spectacular", format="openapi-json", stdout=told)
    document: dict[str, Any] = json.loads(told.getvalue())
    return document


def test_the_guide_names_every_kind_of_path() -> None:
    guide = (DOCUMENT.parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    kinds = {path.split("/")[2] for path in json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]}

    assert [kind for kind in sorted(kinds) if f"`/api/{kind}`" not in guide] == []


def test_the_index_of_the_guides_names_every_one() -> None:
    guides = DOCUMENT.parents[3] / "docs"
    index = (guides / "README.md").read_text(encoding="utf-8")

    assert [each.name for each in guides.glob("[a-z]*.md") if f"({each.name})" not in index] == []


# Stacks side by side have cookies of their own; the document names that of the default port.
@override_settings(SESSION_COOKIE_NAME="dam_session_8080")
def test_the_committed_api_document_is_the_one_the_server_makes() -> None:
    committed = json.loads(DOCUMENT.read_text(encoding="utf-8"))

    assert committed == made(), "run `npm run api -- --server` in portal/"


def test_a_shape_is_described_in_its_own_words_alone() -> None:
    told = [each["description"] for each in made()["components"]["schemas"].values() if "description" in each]

    assert "An error, after RFC 9457." in told
    assert not [each for each in told if each.startswith((Input.__doc__ or "")[:40])]
    assert len(told) == len(set(told))
