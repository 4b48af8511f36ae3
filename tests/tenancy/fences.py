"""Taking one fence away, so that the other has to hold alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import psycopg
import pytest
from django.db import connections, models
from psycopg import sql

from dam.core.db import TenantManager
from tests.databases import drop_database, new_database


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
    migrator = os.environ["DATABASE_MIGRATOR_URL"]
    with psycopg.connect(new_database(migrator, name), autocommit=True) as connection:
        fenced = connection.execute("SELECT relname FROM pg_class WHERE relrowsecurity").fetchall()
        for (table,) in fenced:
            off = sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY")
            connection.execute(off.format(sql.Identifier(table)))
    before = connections["default"]
    unfenced = before.__class__(deepcopy(before.settings_dict) | {"NAME": name, "OPTIONS": {}}, "default")
    connections["default"] = unfenced
    try:
        yield
    finally:
        unfenced.close()
        connections["default"] = before
        drop_database(migrator, name)
