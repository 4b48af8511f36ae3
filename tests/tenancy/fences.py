"""Taking one fence away, so that the other has to hold alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connections, models
from psycopg import sql

from dam.core.db import TenantManager

TEMPLATE = "dam"
COPYING = 7  # the lock under which tests copy the migrated database


@contextmanager
def without_manager() -> Iterator[None]:
    """Let `TenantManager` answer with everything: row-level security alone keeps tenants apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TenantManager, "get_queryset", models.Manager.get_queryset)
        yield


@contextmanager
def without_row_security() -> Iterator[None]:
    """Work on a copy of the database whose tables have row-level security off: the manager alone keeps tenants apart."""
    name = f"{connections['default'].settings_dict['NAME']}_open"
    with psycopg.connect(_migrator("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [COPYING])
        connection.execute(_named("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
        connection.execute(_named("CREATE DATABASE {} TEMPLATE {}", name, TEMPLATE))
    with psycopg.connect(_migrator(name), autocommit=True) as connection:
        fenced = connection.execute("SELECT relname FROM pg_class WHERE relrowsecurity").fetchall()
        for (table,) in fenced:
            connection.execute(_named("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table))
    before = connections["default"]
    unfenced = before.__class__(deepcopy(before.settings_dict) | {"NAME": name, "OPTIONS": {}}, "default")
    connections["default"] = unfenced
    try:
        yield
    finally:
        unfenced.close()
        connections["default"] = before
        with psycopg.connect(_migrator("postgres"), autocommit=True) as connection:
            connection.execute(_named("DROP DATABASE {} WITH (FORCE)", name))


def _migrator(database: str) -> str:
    address = urlsplit(os.environ["DATABASE_MIGRATOR_URL"])
    return urlunsplit(address._replace(path=f"/{database}"))


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
