"""The portal's typed client is generated from a committed document; it must be the server's own."""

import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command

DOCUMENT = Path(__file__).resolve().parents[2] / "portal" / "tools" / "openapi" / "openapi.json"


def test_the_committed_api_document_is_the_one_the_server_makes() -> None:
    made = StringIO()
    call_command("spectacular", format="openapi-json", stdout=made)

    committed = json.loads(DOCUMENT.read_text(encoding="utf-8"))

    assert committed == json.loads(made.getvalue()), "run `npm run api -- --server` in portal/"
