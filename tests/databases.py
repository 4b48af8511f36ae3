"""Databases beside the suite's own: copies of the migrated one, made and removed by the migrator."""

from __future__ import annotations

import psycopg
from psycopg import sql

MIGRATED = "dam"
#: A database is copied only while nobody is connected to it: workers take turns under this lock.
TURN = 7


def new_database(address: str, name: str, *, template: str = MIGRATED) -> str:
    """Copy a database under another name, in place of one that has it, and answer the copy's address."""
    drop_database(address, name)
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _beside(address, make.format(sql.Identifier(name), sql.Identifier(template)))
    return beside(address, name)


def drop_database(address: str, name: str) -> None:
    """Remove a database, whoever is connected to it."""
    _beside(address, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def beside(address: str, name: str) -> str:
    """Answer the address of another database of the same server and role."""
    return f"{address.rpartition('/')[0]}/{name}"


def _beside(address: str, statement: sql.Composed) -> None:
    with psycopg.connect(beside(address, "postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [TURN])
        connection.execute(statement)
