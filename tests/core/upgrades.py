"""A database of one's own to upgrade, and a way to kill whoever upgrades it after any statement."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from tests.databases import drop_database, new_database

ALIAS = "upgraded"


@contextmanager
def database_to_upgrade(*, template: str) -> Iterator[str]:
    """Make a database that belongs to the migrator; yield its address."""
    name = f"dam_upgraded_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    address = os.environ["DATABASE_MIGRATOR_URL"]
    yield new_database(address, name, template=template)
    drop_database(address, name)


@contextmanager
def migrating(address: str) -> Iterator[BaseDatabaseWrapper]:
    """Connect as the migrate command does, under a name of its own."""
    parts = psycopg.conninfo.conninfo_to_dict(address)
    usual = connections["default"]
    told: dict[str, Any] = {
        "NAME": parts["dbname"],
        "USER": parts["user"],
        "PASSWORD": parts["password"],
        "OPTIONS": {},
    }
    link = usual.__class__(deepcopy(usual.settings_dict) | told, ALIAS)
    connections[ALIAS] = link
    try:
        yield link
    finally:
        link.close()
        del connections[ALIAS]


def apply(
    address: str, migration: Migration, *, state: ProjectState, killed_after: int | None = None, of: str = ""
) -> int:
    """Apply one migration and answer how many statements that took; `of` counts those alone that contain it.

    `killed_after`: the database ends the connection after so many of them.
    """
    ran = 0

    def counted(execute: Callable[..., Any], statement: str, *arguments: Any) -> Any:
        nonlocal ran
        answer = execute(statement, *arguments)
        ran += of in statement
        if ran == killed_after:
            kill(address, pid)
        return answer

    with migrating(address) as link:
        link.ensure_connection()
        pid = link.connection.info.backend_pid
        with link.execute_wrapper(counted):
            MigrationExecutor(link).apply_migration(state.clone(), migration)
    return ran


def kill(address: str, pid: int) -> None:
    """End a connection from beside, and wait until it is gone."""
    with psycopg.connect(address, autocommit=True) as beside:
        beside.execute("SELECT pg_terminate_backend(%s)", [pid])
        while beside.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone() is not None:
            beside.execute("SELECT pg_sleep(0.002)")
