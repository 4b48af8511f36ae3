"""A catalogue of a few hundred thousand rows in a database of its own, asked as the application's role."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from bench import catalogue
from tests.databases import drop_database, new_database

SIZES = catalogue.Sizes(assets=30_000, comments=30_000, events=30_000, jobs=15_000)


@pytest.fixture(scope="session")
def large() -> Iterator[psycopg.Connection]:
    """The application's connection to the large catalogue."""
    name = f"dam_plans_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    migrator = new_database(os.environ["DATABASE_MIGRATOR_URL"], name)
    with psycopg.connect(migrator) as connection:
        catalogue.fill(connection, SIZES)
    # Other areas' tests may come in between; the connection waits for as long as they take.
    waiting = "-c idle_in_transaction_session_timeout=0"
    address = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    with psycopg.connect(address, options=waiting) as connection:
        yield connection
    drop_database(os.environ["DATABASE_MIGRATOR_URL"], name)
