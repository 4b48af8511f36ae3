"""The ledger: what was stored on each day, by project and client, every byte once, at the prices of the day."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from assets.models import Master
from dam.core import storage, tenancy
from dam.core.access import SYSTEM
from ingest.models import LedgerLine
from ingest.services import keep_ledger, write_lines
from orgs.models import Project
from orgs.services import create_client, create_project
from previews.models import Preview
from previews.services import measure_previews
from tests.assets.catalogue import deliver, new_digest
from tests.cast import Answer, Cast

TB = 10**12


@pytest.fixture(autouse=True)
def prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STORAGE_PRICE", Decimal("6.00"))
    monkeypatch.setattr(settings, "STORAGE_CURRENCY", "EUR")
    monkeypatch.setattr(settings, "STORAGE_MINIMUM_DAYS", 90)


def today() -> date:
    return datetime.now(UTC).date()


def ledger(cast: Cast, query: str = "") -> Answer:
    answer = cast.owner.get(f"/api/ledger?org={cast.org_id}{query}")
    assert answer.status == 200, answer
    return answer


def write(cast: Cast, *, back: int = 0) -> None:
    write_lines(cast.org_id, day=today() - timedelta(days=back), again=True)


def with_client(cast: Cast, name: str) -> Project:
    with tenancy.scope(cast.org_id):
        client = create_client(actor=SYSTEM, name=f"Client of {name}")
        return create_project(actor=SYSTEM, name=name, client=client)


def test_bytes_count_once_for_the_project_that_has_had_them_longest(cast: Cast) -> None:
    other, shared = with_client(cast, "=Other"), new_digest()
    deliver(cast.project, sha256=shared, size=TB)
    deliver(other, sha256=shared, size=TB)
    deliver(other, size=2 * TB)
    deliver(cast.foreign, size=7 * TB)
    with tenancy.scope(cast.org_id):
        Preview.objects.create(sha256=shared, recipe_version=1, state="ready", bytes=TB // 2)
    write(cast)

    lines = {each["project"]["name"]: each for each in ledger(cast)["results"]}

    own, theirs = lines[cast.project.name], lines["=Other"]
    assert (own["masters"], own["master_bytes"], own["preview_bytes"]) == (1, TB, TB // 2)
    assert (theirs["masters"], theirs["master_bytes"], theirs["preview_bytes"]) == (1, 2 * TB, 0)
    assert (own["cost"], theirs["cost"]) == (pytest.approx(0.3), pytest.approx(0.4))
    assert (own["client"], theirs["client"]["name"]) == (None, "Client of =Other")
    assert (own["price"], own["currency"], own["day"]) == (6.0, "EUR", str(today()))
    assert own["remainder"] == pytest.approx(18, rel=1e-3)
    assert ledger(cast)["total"] == {"cost": pytest.approx(0.7), "days": 1}
    [whole] = ledger(cast, "&group=organization")["results"]
    assert (whole["master_bytes"], whole["project"], whole["client"]) == (3 * TB, None, None)
    by_client = ledger(cast, "&group=client")["results"]
    assert {each["client"] and each["client"]["name"] for each in by_client} == {None, "Client of =Other"}


def test_what_nothing_has_any_more_is_still_paid_for(cast: Cast) -> None:
    asset, version = deliver(cast.project, size=TB)
    cast.editor.delete(f"/api/assets/{asset.id}")
    assert cast.owner.delete(f"/api/assets/{asset.id}?purge=true").status == 202
    with tenancy.scope(cast.org_id):
        Master.objects.filter(sha256=version.sha256).update(
            created_at=datetime.now(UTC) - timedelta(days=100),
            locked_until=datetime.now(UTC) + timedelta(days=30),
        )
    write(cast)

    [line] = ledger(cast)["results"]

    assert (line["project"], line["master_bytes"]) == (None, TB)
    assert line["remainder"] == pytest.approx(6, rel=1e-3)


def test_a_day_is_written_once_unless_asked_for_again(cast: Cast) -> None:
    deliver(cast.project, size=1000)

    keep_ledger()
    deliver(cast.project, size=500)
    keep_ledger()
    assert [each["master_bytes"] for each in ledger(cast)["results"]] == [1000]
    told = io.StringIO()
    call_command("ledger", org=str(cast.org_id), stdout=told)

    assert told.getvalue() == f"1 lines written for {today()}\n"
    assert [each["master_bytes"] for each in ledger(cast)["results"]] == [1500]


def test_pages_and_the_table_tell_every_line_the_newest_day_first(cast: Cast) -> None:
    deliver(cast.project, size=1)
    deliver(with_client(cast, "=Other"), size=2)
    for back in (0, 1, 2, 40):
        write(cast, back=back)

    first = ledger(cast, "&limit=4&count=exact")
    second = cast.owner.get(first["next"])

    told = [(each["day"], each["project"]["id"]) for each in [*first["results"], *second["results"]]]
    assert (len(told), second["next"], first["count"]["value"]) == (6, None, 6)
    assert told == sorted(told, reverse=True)
    assert cast.owner.get(second["previous"])["results"] == first["results"]
    assert len(ledger(cast, f"&from={today() - timedelta(days=40)}")["results"]) == 8
    table = cast.owner.http.get(f"/api/ledger?org={cast.org_id}&format=csv", headers=cast.owner.headers)
    rows = list(csv.DictReader(io.StringIO(b"".join(table).decode())))
    assert table["Content-Type"].startswith("text/csv")
    assert [(each["day"], each["project_id"]) for each in rows] == told
    assert {each["project_name"] for each in rows} == {cast.project.name, "'=Other"}


def test_the_bytes_of_previews_are_counted_when_they_rest(committed_cast: Cast) -> None:
    cast, digest = committed_cast, new_digest()
    with tenancy.scope(cast.org_id):
        row = Preview.objects.create(sha256=digest, recipe_version=1, state="ready", is_active=True)
    for name, size in (("hls/{}/index.m3u8", 10), ("img/{}/300.webp", 20), ("img/other/300.webp", 40)):
        key = f"{cast.org_id}/{name.format(digest)}"
        storage.put_bytes("gpu-writer", "previews", key, b"x" * size, content_type="text/plain")

    while measure_previews() > 0:
        with tenancy.scope(cast.org_id):
            row.refresh_from_db()
        if row.bytes is not None:
            break

    assert row.bytes == 30
    assert row.measured_at is not None


def test_the_ledger_is_for_admins_and_says_what_it_does_not_take(cast: Cast) -> None:
    path = f"/api/ledger?org={cast.org_id}"

    assert cast.editor.get(path).status == 403
    assert cast.stranger.get(path).status == 404
    assert cast.nobody.get(path).status == 401
    bad: list[tuple[str, str]] = [
        ("group=person", "group"),
        ("format=xml", "format"),
        ("from=2026-02-30", "from"),
        ("from=2026-02-02&to=2026-01-01", "to"),
        ("project=x", "project"),
    ]
    for query, field in bad:
        answer: Any = cast.owner.get(f"{path}&{query}")
        assert (answer.status, list(answer.errors)) == (400, [field]), query
    with tenancy.scope(cast.org_id):
        assert not LedgerLine.objects.exists()
