"""Contradictory, malformed or missing variables stop the start and are named, each with its remedy."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dam.stack.config import Outside
from dam.stack.errors import StackError
from dam.stack.services import find_free_base_port
from tests.stack.running import TIMEOUT_S, Stack, clean_environment, processes_of

STORE = {"S3_ENDPOINT_URL": "https://s3.example", "S3_KEY_ID": "id", "S3_SECRET": "secret"}
DATABASE = {
    "DATABASE_URL": "postgresql://dam_app:a@db.example/dam",
    "DATABASE_MIGRATOR_URL": "postgresql://dam_migrator:m@db.example/dam",
}
PREFIXES = ("DATABASE_", "REDIS_", "S3_", "WASABI_", "EDGE_", "DAM_", "OBJECT_LOCK", "RATE_LIMIT", "METRICS_")

BAD = {
    "half a common pair": ({**STORE, "S3_SECRET": None}, r"S3_KEY_ID and S3_SECRET"),
    "half a pair": ({**STORE, "S3_PROMOTER_KEY_ID": "p"}, r"S3_PROMOTER_KEY_ID and S3_PROMOTER_SECRET"),
    "half a purger": ({**STORE, "S3_PURGER_SECRET": "p"}, r"S3_PURGER_KEY_ID and S3_PURGER_SECRET"),
    "no pair": ({"S3_ENDPOINT_URL": "https://s3.example"}, r"S3_UPLOADER_KEY_ID .* S3_KEY_ID"),
    "two stores": (
        {**STORE, "WASABI_ENDPOINT_URL": "https://s3.other"},
        r"S3_ENDPOINT_URL and WASABI_ENDPOINT_URL",
    ),
    "two pairs": ({**STORE, "WASABI_KEY_ID": "other"}, r"S3_KEY_ID and WASABI_KEY_ID"),
    "two regions": ({**STORE, "S3_REGION": "a", "WASABI_REGION": "b"}, r"S3_REGION and WASABI_REGION"),
    "value and file": ({**STORE, "S3_SECRET_FILE": "/etc/secret"}, r"S3_SECRET and S3_SECRET_FILE"),
    "unreadable file": ({**STORE, "S3_SECRET": None, "S3_SECRET_FILE": "/nowhere"}, r"S3_SECRET_FILE"),
    "endpoint without scheme": (
        {**STORE, "S3_ENDPOINT_URL": "s3.example:9000"},
        r"S3_ENDPOINT_URL .* https://",
    ),
    "endpoint with a path": (
        {**STORE, "S3_ENDPOINT_URL": "https://s3.example/dam"},
        r"S3_ENDPOINT_URL .* origin",
    ),
    "endpoint with keys": (
        {**STORE, "S3_ENDPOINT_URL": "https://k:s@s3.example"},
        r"S3_ENDPOINT_URL .* password",
    ),
    "endpoint with a port that is none": (
        {**STORE, "WASABI_PUBLIC_URL": "https://s3:99999"},
        r"WASABI_PUBLIC_URL",
    ),
    "STS with a path": ({**STORE, "S3_STS_ENDPOINT_URL": "https://sts.example/x"}, r"S3_STS_ENDPOINT_URL"),
    "one bucket for two": (
        {**STORE, "S3_BUCKET_MASTERS": "b1x", "S3_BUCKET_STAGING": "b1x"},
        r"S3_BUCKET_STAGING",
    ),
    "no bucket name": ({**STORE, "S3_BUCKET_DOCS": "My Docs"}, r"S3_BUCKET_DOCS"),
    "keys of no store": ({"S3_KEY_ID": "id", "S3_SECRET": "s"}, r"S3_KEY_ID is set, S3_ENDPOINT_URL is not"),
    "role of no store": (
        {"S3_PROMOTER_ROLE_ARN": "arn:aws:iam::1:role/p"},
        r"S3_PROMOTER_ROLE_ARN .* S3_ENDPOINT_URL",
    ),
    "bucket of no store": ({"WASABI_BUCKET_MASTERS": "m-1"}, r"WASABI_BUCKET_MASTERS .* WASABI_ENDPOINT_URL"),
    "role of the edge": (
        {**STORE, "S3_EDGE_READER_ROLE_ARN": "arn:aws:iam::1:role/e"},
        r"S3_EDGE_READER_ROLE_ARN",
    ),
    "lock mode": ({"OBJECT_LOCK_MODE": "governance"}, r"OBJECT_LOCK_MODE .* GOVERNANCE"),
    "no days": ({"OBJECT_LOCK_DEFAULT_DAYS": "0"}, r"OBJECT_LOCK_DEFAULT_DAYS .* at least 1"),
    "days as words": ({"OBJECT_LOCK_DEFAULT_DAYS": "thirty"}, r"OBJECT_LOCK_DEFAULT_DAYS .* whole number"),
    "a thousand years": ({"OBJECT_LOCK_DEFAULT_DAYS": "365000"}, r"OBJECT_LOCK_DEFAULT_DAYS .* at most"),
    "negative life": ({"EDGE_TOKEN_TTL": "-1"}, r"EDGE_TOKEN_TTL .* at least 1"),
    "too long a life": ({"EDGE_TOKEN_TTL": "86400"}, r"EDGE_TOKEN_TTL .* at most"),
    "previews of no days": ({"PREVIEW_TTL": "0"}, r"PREVIEW_TTL"),
    "previews of no pages": ({"PREVIEW_PAGES": "0"}, r"PREVIEW_PAGES"),
    "negative limits": ({"RATE_LIMIT_SCALE": "-1"}, r"RATE_LIMIT_SCALE .* at least 0"),
    "no network": ({"METRICS_ALLOW": "10.0.0.0/8, monitoring"}, r"METRICS_ALLOW .* 'monitoring'"),
    "sign-up": ({"SIGNUP": "no"}, r"SIGNUP .* open, closed"),
    "mail port": ({"SMTP_PORT": "70000"}, r"SMTP_PORT .* at most 65535"),
    "edge with a path": ({"EDGE_URL": "https://cdn.example/edge"}, r"EDGE_URL .* origin"),
    "edge without scheme": ({"EDGE_URL": "cdn.example"}, r"EDGE_URL .* https://"),
    "portal with a path": ({"DAM_PORTAL_URL": "https://dam.example/app"}, r"DAM_PORTAL_URL .* origin"),
    "Redis by http": ({"REDIS_URL": "http://redis:6379"}, r"REDIS_URL .* redis://"),
    "Redis port": ({"REDIS_URL": "redis://redis:port"}, r"REDIS_URL .* port"),
    "no migrator": ({**DATABASE, "DATABASE_MIGRATOR_URL": None}, r"DATABASE_MIGRATOR_URL is not"),
    "a migrator alone": ({**DATABASE, "DATABASE_URL": None}, r"DATABASE_URL is not"),
    "one role for both": (
        {**DATABASE, "DATABASE_MIGRATOR_URL": DATABASE["DATABASE_URL"]},
        r"both log in as dam_app",
    ),
    "database of another kind": (
        {**DATABASE, "DATABASE_URL": "mysql://a@b/c"},
        r"DATABASE_URL must look like",
    ),
    "database port": ({**DATABASE, "DATABASE_URL": "postgresql://a@b:x/c"}, r"DATABASE_URL .* port"),
    "database option": (
        {**DATABASE, "DATABASE_URL": DATABASE["DATABASE_URL"] + "?ssl=on"},
        r"DATABASE_URL .* ssl",
    ),
}


def give(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str | None]) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIXES):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        if value is not None:
            monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("variables", "said"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str | None], said: str
) -> None:
    give(monkeypatch, variables)

    with pytest.raises(StackError, match=said):
        Outside.from_environment()


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {
            "S3_PUBLIC_URL": "https://s3.dam.example",
            "S3_TIMEOUT": "20",
            "EDGE_URL": "https://edge.dam.example/",
        },
        {**STORE, "WASABI_KEY_ID": "id", "S3_PROMOTER_ROLE_ARN": "arn:aws:iam::1:role/p"},
        {name.replace("S3_", "WASABI_"): value for name, value in STORE.items()},
        {
            **DATABASE,
            "DATABASE_URL": DATABASE["DATABASE_URL"] + "?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        },
        {"REDIS_URL": "rediss://user:p%40ss@redis.example:6380/0", "METRICS_ALLOW": "10.0.0.0/8 ::1"},
        {**STORE, "S3_EDGE_READER_ROLE_ARN": "arn:aws:iam::1:role/e", "EDGE_URL": "https://edge.example"},
    ],
)
def test_what_fits_together_is_taken(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str | None]
) -> None:
    give(monkeypatch, variables)

    found = Outside.from_environment()

    assert found.s3 == any("ENDPOINT" in name for name in variables)
    assert found.postgres == ("DATABASE_URL" in variables)


def test_a_start_that_cannot_be_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", find_free_base_port())

    done = subprocess.run(
        stack.command("up", "--detach", "--port", str(stack.port)),
        env=clean_environment() | STORE | {"WASABI_ENDPOINT_URL": "https://s3.other"},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )

    assert done.returncode == 1
    assert done.stderr.strip() == "S3_ENDPOINT_URL and WASABI_ENDPOINT_URL are both set and differ: keep one."
    assert processes_of(stack.data_dir) == []
