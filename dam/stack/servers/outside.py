"""Look at the database and the Redis that an operator brings: `python -m dam.stack.servers.outside`.

Started by the stack itself before anything else. What keeps the platform from working goes to standard error
with its remedy, and the exit code is 1; what is merely unwise goes to standard output.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import redis

from dam import env
from dam.stack.config import is_given

LEAST_POSTGRES = 160000
LEAST_REDIS = (6, 2)
LAST_REDIS_DATABASE = 2
# Services that start side by side with us are given a moment.
PATIENCE_S = 5.0
CONNECT_S = 5
DEFINER_ROLE = "dam_definer"

_FACTS = """
SELECT current_user, current_setting('server_version_num')::int, current_setting('server_version'),
       rolsuper OR rolbypassrls, getdatabaseencoding(), current_database(),
       EXISTS (SELECT FROM pg_roles WHERE rolname = %(definer)s),
       has_schema_privilege(current_user, 'public', 'CREATE')
FROM pg_roles WHERE rolname = current_user
"""


@dataclass(frozen=True)
class DatabaseFacts:
    """What a database says of itself to one role; `version` is 160004 for 16.4."""

    role: str
    version: int
    shown_version: str
    bypasses: bool
    encoding: str
    database: str
    has_definer: bool
    may_create: bool
    may_act_as_definer: bool


def database_faults(app: DatabaseFacts, *, migrator: DatabaseFacts) -> Iterator[str]:
    """Yield what keeps the platform from working on this database, each with its remedy."""
    for variable, each in (("DATABASE_URL", app), ("DATABASE_MIGRATOR_URL", migrator)):
        if each.version < LEAST_POSTGRES:
            yield f"{variable}: PostgreSQL {each.shown_version} is too old: use 16 or newer"
            return
    yield from _faults_of_app(app, migrator=migrator)
    yield from _faults_of_migrator(migrator)


def _faults_of_app(app: DatabaseFacts, *, migrator: DatabaseFacts) -> Iterator[str]:
    if app.encoding != "UTF8":
        yield f"DATABASE_URL: the database {app.database} is encoded in {app.encoding}: make it with ENCODING 'UTF8'"
    if app.bypasses:
        yield (
            f"DATABASE_URL: the role {app.role} may see past row-level security: "
            f"ALTER ROLE {app.role} NOSUPERUSER NOBYPASSRLS"
        )
    if app.role == migrator.role:
        yield f"DATABASE_URL and DATABASE_MIGRATOR_URL are the same role {app.role}: the application must own nothing"


def _faults_of_migrator(migrator: DatabaseFacts) -> Iterator[str]:
    if not migrator.has_definer:
        yield f"the role {DEFINER_ROLE} is missing: CREATE ROLE {DEFINER_ROLE} NOLOGIN"
    elif not migrator.may_act_as_definer:
        yield (
            f"DATABASE_MIGRATOR_URL: {migrator.role} may not act as {DEFINER_ROLE}: "
            f"GRANT {DEFINER_ROLE} TO {migrator.role} WITH INHERIT FALSE, SET TRUE"
        )
    if not migrator.may_create:
        yield (
            f"DATABASE_MIGRATOR_URL: {migrator.role} may not make tables: "
            f"ALTER DATABASE {migrator.database} OWNER TO {migrator.role}"
        )


def redis_faults(facts: dict[str, Any]) -> Iterator[str]:
    """Yield what keeps the platform from working with a Redis that answered INFO with these `facts`."""
    version = str(facts.get("redis_version", "0"))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < LEAST_REDIS:
        yield f"REDIS_URL: Redis {version} is too old: use 6.2 or newer"
    if facts.get("redis_mode") == "cluster":
        yield "REDIS_URL: a Redis Cluster has one database only, three are needed: use a single server or a replica set"


def redis_warnings(facts: dict[str, Any]) -> Iterator[str]:
    """Yield what is unwise: the queue lives there, and a Redis that evicts forgets wake-ups and limits."""
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield f"REDIS_URL: maxmemory-policy is {policy}: set it to noeviction, or work waits until a sweep finds it"


def _facts(variable: str) -> DatabaseFacts:
    with psycopg.connect(env.read(variable), connect_timeout=CONNECT_S) as connection:
        row = connection.execute(_FACTS, {"definer": DEFINER_ROLE}).fetchone()
        if row is None:
            raise psycopg.OperationalError(f"{variable}: the role cannot see itself")
        acts = False
        if row[1] >= LEAST_POSTGRES and row[6]:  # older servers do not know the word SET here
            told = connection.execute(
                "SELECT pg_has_role(current_user, %s, 'SET')", [DEFINER_ROLE]
            ).fetchone()
            acts = bool(told and told[0])
        return DatabaseFacts(*(*row, acts))


def _look_at_database() -> list[str]:
    found = {}
    for variable in ("DATABASE_URL", "DATABASE_MIGRATOR_URL"):
        deadline = time.monotonic() + PATIENCE_S
        while variable not in found:
            try:
                found[variable] = _facts(variable)
            except psycopg.Error as error:
                told = str(error).strip().splitlines()[-1]
                is_refused = "refused" in told or "starting up" in told
                if not is_refused or time.monotonic() > deadline:
                    return [f"{variable}: {told}: check the address, the password and pg_hba.conf"]
                time.sleep(0.5)
    return list(database_faults(found["DATABASE_URL"], migrator=found["DATABASE_MIGRATOR_URL"]))


def _look_at_redis() -> tuple[list[str], list[str]]:
    """Answer (faults, warnings)."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with redis.Redis.from_url(
                env.redis_url("REDIS_URL"), socket_timeout=CONNECT_S, protocol=2
            ) as client:
                # `Any`: the stubs of the library mix the answers of its two kinds of clients.
                facts: Any = client.info()
                faults = list(redis_faults(facts))
                if not faults:
                    client.execute_command("SELECT", LAST_REDIS_DATABASE)
                return faults, list(redis_warnings(facts))
        except redis.exceptions.ResponseError as error:
            return [
                f"REDIS_URL: {error}: databases 0 to {LAST_REDIS_DATABASE} and the command INFO are needed"
            ], []
        except redis.RedisError as error:
            if isinstance(error, redis.AuthenticationError) or time.monotonic() > deadline:
                return [f"REDIS_URL: {error}: check the address, the password and TLS (rediss://)"], []
            time.sleep(0.5)


def main() -> int:
    """Look at what is brought; answer the exit code."""
    faults = _look_at_database() if is_given("DATABASE_URL", environ=os.environ) else []
    warnings: list[str] = []
    if is_given("REDIS_URL", environ=os.environ):
        more, warnings = _look_at_redis()
        faults += more
    for line in warnings:
        print(f"{line}.")
    for line in faults:
        print(f"{line}.", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
