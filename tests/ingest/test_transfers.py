"""What went in and out, summed up for admins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dam.core import tenancy
from dam.core.access import SYSTEM
from dam.core.db import new_id
from orgs.services import create_project
from previews.models import Egress
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.ingest.sending import acknowledged, fresh_bytes

PATH = "/api/transfers"


def today() -> Any:
    return datetime.now(UTC).date()


def test_uploads_downloads_purges_and_what_the_edges_sent_are_summed_up(committed_cast: Cast) -> None:
    cast = committed_cast
    made = acknowledged(cast, fresh_bytes(400))
    acknowledged(cast, fresh_bytes(600))
    for _ in range(2):
        assert cast.editor.get(f"/api/versions/{made['version']}/download").status == 302
    gone, _ = deliver(cast.project, size=5000)
    cast.editor.delete(f"/api/assets/{gone.id}")
    assert cast.owner.delete(f"/api/assets/{gone.id}?purge=true").status == 202
    with tenancy.scope(cast.org_id):
        other = create_project(actor=SYSTEM, name="Other")
        for share in (new_id(), new_id()):
            Egress.objects.create(day=today(), share_id=share, requests=3, bytes=100, origin_bytes=10)

    told = cast.owner.get(f"{PATH}?org={cast.org_id}")

    assert told.status == 200, told
    assert told["total"] == {
        "uploads": 2,
        "uploaded_bytes": 1000,
        "downloads": 2,
        "downloaded_bytes": 800,
        "purges": 1,
        "purged_bytes": 5000,
        "egress_requests": 6,
        "egress_bytes": 200,
        "origin_bytes": 20,
    }
    narrow = cast.owner.get(f"{PATH}?project={cast.project.id}&by=month")
    assert (narrow["total"]["uploads"], narrow["total"]["egress_bytes"]) == (2, None)
    assert {each["period"] for each in narrow["periods"]} <= {
        str((today() - timedelta(days=back)).replace(day=1)) for back in (0, 1)
    }
    assert cast.owner.get(f"{PATH}?project={other.id}")["periods"] == []
    assert cast.owner.get(f"{PATH}?org={cast.org_id}&from=2020-01-01&to=2020-02-01")["periods"] == []


def test_a_period_of_the_wrong_form_is_refused_by_name(cast: Cast) -> None:
    for asked, field in (
        ("from=yesterday", "from"),
        ("from=2026-01-02&to=2026-01-01", "to"),
        ("from=2000-01-01", "from"),
        ("to=0001-01-01", "to"),
        ("from=9999-12-31&to=9999-12-31", "from"),
        ("by=hour", "by"),
        ("share=1", "share"),
    ):
        answer = cast.owner.get(f"{PATH}?org={cast.org_id}&{asked}")
        assert (answer.status, list(answer.errors)) == (400, [field]), asked


@pytest.mark.parametrize("name", ["editor", "reviewer", "viewer"])
def test_only_admins_see_the_sums(cast: Cast, name: str) -> None:
    asset, _ = deliver(cast.project)
    cast.editor.delete(f"/api/assets/{asset.id}")
    assert cast.owner.delete(f"/api/assets/{asset.id}?purge=true").status == 202
    assert cast.owner.get(f"{PATH}?org={cast.org_id}")["total"]["purges"] == 1
    assert cast.members()[name].get(f"{PATH}?project={cast.project.id}").status == 403
    whole = cast.members()[name].get(f"{PATH}?org={cast.org_id}")
    assert (whole.status, whole["periods"]) == (200, [])
    assert cast.stranger.get(f"{PATH}?project={cast.project.id}").status == 404
