"""`seed`: how long the catalogue of the other benchmarks takes to come to be, everything of it.

One million assets in two hundred organisations, one of them with four hundred thousand; a version each and a second
one for every fifth, three comments, the values of three custom fields, what search finds, previews, activity, jobs.
"""

import time

import psycopg

from bench import catalogue
from bench.api_stand import FULL_ASSETS, QUICK_ASSETS, running_stand
from bench.report import Row, judge

AT_MOST_S = 600
COUNTED = {
    "assets": "assets_asset",
    "versions": "assets_version",
    "comments": "comments_comment",
    "values of fields": "assets_fieldvalue",
    "organisations": "orgs_organization",
}


def run(full: bool) -> list[Row]:  # noqa: FBT001  the signature of every benchmark
    """Fill an empty database once; the quick way fills a tenth, in a tenth of the time."""
    assets = FULL_ASSETS if full else QUICK_ASSETS
    most = AT_MOST_S * assets / FULL_ASSETS
    with running_stand(assets=0, serves=False) as stand, psycopg.connect(stand.migrator_url) as connection:
        began = time.monotonic()
        catalogue.fill(connection, catalogue.Sizes.of(assets))
        took = time.monotonic() - began
        made = ", ".join(f"{_count(connection, table):,} {name}" for name, table in COUNTED.items())
    return [judge(made, [(took, most)], at_most=most, unit="s")]


def _count(connection: psycopg.Connection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608  our own names
    return int(found[0]) if found else 0
