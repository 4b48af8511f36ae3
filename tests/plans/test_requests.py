"""What whole requests cost, whatever statements they are made of: nothing is read from end to end, and little at all.

The API is asked over the large catalogue as anybody asks it; the database tells afterwards what it has read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client

from bench import catalogue
from dam.core import tenancy

LARGE_PAGES = 50
tenants = pytest.mark.parametrize("tenant", ["whale", "small"])


@dataclass(frozen=True)
class Asked:
    """An answer, the tables that it read from end to end, and how many buffers of tables and indexes."""

    document: Any
    scanned: frozenset[str]
    buffers: int


@pytest.fixture(scope="module")
def api(large: psycopg.Connection) -> Iterator[Client]:
    """A client of the API over the large catalogue."""
    default: Any = connections["default"]
    name = default.settings_dict["NAME"]
    _move(default, large.info.dbname)
    yield Client()
    _move(default, name)


def _move(default: Any, name: str) -> None:
    default.close()
    default.close_pool()
    default.settings_dict["NAME"] = name


def ask(api: Client, tenant: str, path: str) -> Asked:
    """Ask twice, the first time so that everything is planned and known."""
    token = f"Bearer {catalogue.TOKENS[tenant]}"
    api.get(path, HTTP_AUTHORIZATION=token)
    before = _read_so_far()
    answer = api.get(path, HTTP_AUTHORIZATION=token)
    after = _read_so_far()
    assert answer.status_code == 200, answer.content
    return Asked(
        document=answer.json(),
        scanned=frozenset(name for name, (scans, _) in after.items() if scans > before[name][0]),
        buffers=sum(blocks for _, blocks in after.values()) - sum(blocks for _, blocks in before.values()),
    )


def _read_so_far() -> dict[str, tuple[int, int]]:
    """Return of each large table how often it was read from end to end, and its buffers read in all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT t.relname, t.seq_scan, io.heap_blks_hit + io.heap_blks_read + coalesce(io.idx_blks_hit, 0) "
            "+ coalesce(io.idx_blks_read, 0) FROM pg_stat_user_tables t JOIN pg_statio_user_tables io USING (relid) "
            "JOIN pg_class c ON c.oid = t.relid WHERE c.relpages > %s",
            [LARGE_PAGES],
        )
        return {name: (scans, blocks) for name, scans, blocks in cursor.fetchall()}


def test_a_scan_and_its_buffers_are_noticed(api: Client) -> None:
    before = _read_so_far()
    with tenancy.scope(catalogue.organization_id(catalogue.WHALE)), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute("SET LOCAL enable_indexonlyscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SELECT max(size) FROM assets_master")
    after = _read_so_far()

    assert after["assets_master"][0] > before["assets_master"][0]
    assert after["assets_master"][1] > before["assets_master"][1] + LARGE_PAGES


@tenants
@pytest.mark.parametrize(
    ("query", "most"),
    [
        ("", 1500),
        ("&sort=title", 1500),
        ("&sort=-size", 1500),
        ("&kind=document", 1500),
        ("&tag=t7", 4000),
        ("&field.niche=t7", 5000),
        ("&field.take__gte=3&field.take__lte=5", 5000),
        ("&field.shot__gte=2026-11-01&field.niche=t3", 6000),
        ("&count=capped", 3000),
        ("&sort=field.take", 3000),
        ("&sort=-field.shot", 3000),
        ("&sort=field.niche&kind=video", 4000),
        ("&sort=duration", 6000),
        ("&codec=prores", 4000),
        ("&fps=25", 4000),
    ],
)
def test_a_list_reads_what_it_shows(api: Client, tenant: str, query: str, most: int) -> None:
    asked = ask(api, tenant, f"/api/assets?limit=100{query}")

    assert asked.scanned == frozenset()
    assert asked.buffers <= most


@tenants
@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("w3", 4000),
        ("w123", 4000),
        ("w123 w4", 4000),
        ('"w1 w2"', 4000),
        ("w3 -w1", 4000),
        ("zzzqqq", 500),
        ("w3 kind:video", 4000),
        ("niche:t3", 5000),
        ("take:>6 w1", 16_000),
        ("codec:hevc w12", 6000),
        ("-tag:t1 kind:document", 4000),
    ],
)
def test_search_reads_what_it_finds(api: Client, tenant: str, words: str, most: int) -> None:
    asked = ask(api, tenant, f"/api/assets?limit=100&q={words}")

    assert asked.scanned == frozenset()
    assert asked.buffers <= most


@tenants
def test_an_asset_opens_by_its_keys(api: Client, tenant: str) -> None:
    (row,) = ask(api, tenant, "/api/assets?limit=1").document["results"]

    asked = ask(api, tenant, f"/api/assets/{row['id']}")

    assert asked.document["id"] == row["id"]
    assert asked.scanned == frozenset()
    assert asked.buffers <= 300


@tenants
@pytest.mark.parametrize("path", ["collections", "fields", "activities", "jobs", "projects"])
def test_other_lists_read_what_they_show(api: Client, tenant: str, path: str) -> None:
    asked = ask(api, tenant, f"/api/{path}")

    assert asked.scanned == frozenset()
    assert asked.buffers <= 1500


@tenants
@pytest.mark.parametrize("query", ["", "&kind=video", "&field.niche=t7", "&q=w3", "&q=w1 take:>6"])
def test_facets_count_what_is_there_and_not_more(api: Client, tenant: str, query: str) -> None:
    asked = ask(
        api,
        tenant,
        f"/api/assets/facets?facets=kind,tag,codec,fps,resolution,project,person,month,field.niche{query}",
    )

    assert asked.scanned == frozenset()
    assert asked.buffers <= 16_000
