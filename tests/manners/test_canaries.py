"""No secret of a day's work is found afterwards in a log, a table, Redis, another answer, or a process."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import redis
from psycopg import sql

from dam.stack.layout import Ports
from tests.manners.journey import Journey
from tests.manners.platform import Platform
from tests.stack.running import processes_of

#: The answers that have to carry a secret: the one who asked needs it.
TOLD = {
    "session_token": {"app log-in", "sign-up", "verify"},
    "access_token": {"app log-in"},
    "refresh_token": {"app log-in"},
    "session-cookie": {"browser log-in"},
    "presigned-part": {"presign"},
    "share-token": {"share"},
    "access-proof": {"unlock"},
    "edge-token": {"guest playback"},
}


@pytest.fixture(scope="module")
def journey(platform: Platform) -> Journey:
    found = Journey(platform)
    found.run()
    return found


def found_in(text: bytes, journey: Journey) -> set[str]:
    """Name the secrets that stand in a text, as they are or as addresses write them."""
    return {
        name
        for name, secret in journey.secrets.items()
        if secret.encode() in text or quote(secret, safe="").encode() in text
    }


def test_the_journey_used_every_kind_of_secret(journey: Journey):
    statuses = dict(journey.answers)
    assert b'"guest"' in statuses["unlock"]
    assert b"comment.created" in statuses["socket"]
    assert len(journey.secrets) >= 30
    assert min(map(len, journey.secrets.values())) >= 12


def test_no_log_holds_a_secret(journey: Journey):
    logs = [path for path in (journey.platform.stack.data_dir / "logs").rglob("*") if path.is_file()]
    texts = {path.name: path.read_bytes() for path in logs}

    assert any(b"/api/s/-" in text for text in texts.values())
    assert {name: found_in(text, journey) for name, text in texts.items() if found_in(text, journey)} == {}


def rows(platform: Platform, journey: Journey) -> Iterator[tuple[str, bytes]]:
    ports = Ports(platform.stack.port)
    address = (
        f"postgresql://dam_migrator:{journey.secrets['postgres_migrator']}@127.0.0.1:{ports.postgres}/dam"
    )
    with psycopg.connect(address) as connection:
        names = connection.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public'")
        for schema, table in names.fetchall():
            wanted = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, table))
            for (row,) in connection.execute(wanted):
                # Postgres writes bytes as hexadecimal digits.
                yield table, row.encode()
                for word in row.replace('"', " ").replace(",", " ").replace(")", " ").split():
                    digits = word.rsplit("\\x", 1)[-1] if "\\x" in word else ""
                    if digits and len(digits) % 2 == 0 and all(each in "0123456789abcdef" for each in digits):
                        yield table, bytes.fromhex(digits)


def test_no_table_holds_a_secret(platform: Platform, journey: Journey):
    seen, leaks = set(), set()
    for table, text in rows(platform, journey):
        seen.add(table)
        leaks |= {(table, name) for name in found_in(text, journey)}

        if platform.credentials["email"].encode() in text:
            seen.add("a person's address")
    assert {
        "a person's address",
        "django_session",
        "orgs_apitoken",
        "shares_share",
        "core_idempotencykey",
    } <= seen
    assert leaks == set()


def test_redis_holds_no_secret(platform: Platform, journey: Journey):
    port = Ports(platform.stack.port).redis
    leaks = set()
    for database in range(3):
        client = redis.Redis(port=port, password=journey.secrets["redis"], db=database)
        for key in client.scan_iter():
            text = key + (client.dump(key) or b"")
            leaks |= {(key, name) for name in found_in(text, journey)}

    assert leaks == set()


def test_no_answer_repeats_a_secret(journey: Journey):
    leaks = {
        (label, name)
        for label, text in journey.answers
        for name in found_in(text, journey)
        if label not in TOLD.get(name, ())
    }

    assert leaks == set()
    told = {
        name for label, text in journey.answers for name in found_in(text, journey) if label in TOLD[name]
    }
    assert told == set(TOLD)


def test_processes_show_no_secret_and_media_children_have_none(platform: Platform, journey: Journey):
    commands = "\n".join(processes_of(platform.stack.data_dir)).encode()

    assert found_in(commands, journey) == set()
    assert journey.environments
    assert found_in(b"\0".join(journey.environments.values()), journey) == set()


def test_what_keeps_secrets_is_closed_to_others(platform: Platform, journey: Journey):
    for name in ("secrets.json", "credentials.json"):
        assert Path(platform.stack.data_dir, name).stat().st_mode & 0o077 == 0
