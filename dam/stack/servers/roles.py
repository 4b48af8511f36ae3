"""Provision the embedded PostgreSQL: `python -m dam.stack.servers.roles DATA_DIR PORT COMMENT`.

Started by the stack itself. Sets the database's comment where one is given, and prints the one it has.
"""

import sys
from pathlib import Path

import psycopg
from psycopg import sql

from dam.stack.keys import StackKeys, load_or_make
from dam.stack.layout import Layout
from dam.stack.servers.postgres import APP_ROLE, DATABASE, DEFINER_ROLE, MIGRATOR_ROLE
from dam.stack.servers.service import LOOPBACK


def provision(layout: Layout, *, keys: StackKeys, comment: str) -> str:
    """Make the three roles and the database, as often as wanted; answer the database's comment."""
    with psycopg.connect(
        host=LOOPBACK,
        port=layout.ports.postgres,
        user="postgres",
        password=keys.postgres_superuser,
        dbname="postgres",
        connect_timeout=5,
        autocommit=True,
    ) as connection:
        _make_role(connection, MIGRATOR_ROLE, rights="LOGIN CREATEDB", password=keys.postgres_migrator)
        _make_role(connection, APP_ROLE, rights="LOGIN", password=keys.postgres_app)
        _make_role(connection, DEFINER_ROLE, rights="NOLOGIN", password=None)
        grant = sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE")
        connection.execute(grant.format(sql.Identifier(DEFINER_ROLE), sql.Identifier(MIGRATOR_ROLE)))
        noted = _noted(connection)
        if noted is None:
            make = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(make.format(sql.Identifier(DATABASE), sql.Identifier(MIGRATOR_ROLE)))
        if comment:
            note = sql.SQL("COMMENT ON DATABASE {} IS {}")
            connection.execute(note.format(sql.Identifier(DATABASE), sql.Literal(comment)))
        return comment or noted or ""


def _noted(connection: psycopg.Connection) -> str | None:
    """Answer the database's comment, None where there is no database yet."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    found = connection.execute(query, [DATABASE]).fetchone()
    return None if found is None else str(found[0] or "")


def _make_role(connection: psycopg.Connection, role: str, *, rights: str, password: str | None) -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = "ALTER" if found else "CREATE"
    statement = f"{verb} ROLE {{}} {rights} NOSUPERUSER NOBYPASSRLS NOCREATEROLE"
    query = sql.SQL(statement).format(sql.Identifier(role))
    if password is not None:
        query += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    connection.execute(query)


def main() -> None:
    layout = Layout.of(Path(sys.argv[1]), base_port=int(sys.argv[2]))
    print(provision(layout, keys=load_or_make(layout.secrets_file), comment=sys.argv[3]))


if __name__ == "__main__":
    main()
