"""The portal's typed client is generated from a committed document; it must be the server's own."""

import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.test import override_settings

DOCUMENT = Path(__file__).resolve().parents[2] / "portal" / "tools" / "openapi" / "openapi.json"


# Stacks side by side have cookies of their own; the document names that of the default port.
@override_settings(SESSION_COOKIE_NAME="dam_session_8080")
def test_the_committed_api_document_is_the_one_the_server_makes() -> None:
    made = StringIO()
    call_command("spectacular", format="openapi-json", stdout=made)

    committed = json.loads(DOCUMENT.read_text(encoding="utf-8"))

    assert committed == json.loads(made.getvalue()), "run `npm run api -- --server` in portal/"
