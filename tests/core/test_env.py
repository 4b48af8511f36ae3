"""The environment's readers: a bad value stops the start and names its variable."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from dam import env
from dam.core.db import line_of_its_own


def test_a_value_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("A_SECRET_FILE", str(tmp_path / "secret"))

    assert env.read("A_SECRET") == "s3cret"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "A_SECRET"),
        ({"A_SECRET": "x", "A_SECRET_FILE": "y"}, "A_SECRET_FILE"),
        ({"A_SECRET_FILE": "/nowhere/at/all"}, "A_SECRET_FILE"),
    ],
)
def test_missing_or_contradictory_values_name_the_variable(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, Any], named: str
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(env.BadEnvironment, match=named):
        env.read("A_SECRET")


@pytest.mark.parametrize("value", ["many", "-1", "1.5", "", "99999999"])
def test_a_number_out_of_its_range_names_the_variable(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("EDGE_TOKEN_TTL", value)

    with pytest.raises(env.BadEnvironment, match="EDGE_TOKEN_TTL"):
        env.read_int("EDGE_TOKEN_TTL", 600, least=1, most=43_140)


@pytest.mark.parametrize("value", ["mysql://a@b/c", "postgresql://", "postgresql://host", "nonsense"])
def test_a_database_address_of_the_wrong_form_is_refused(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("DATABASE_URL", value)

    with pytest.raises(env.BadEnvironment, match="DATABASE_URL"):
        env.database("DATABASE_URL")


@pytest.mark.usefixtures("db")
def test_a_database_that_vanishes_without_a_word_is_soon_given_up() -> None:
    connection.ensure_connection()
    with psycopg.connect(line_of_its_own("listens")) as line:
        for each in (connection.connection, line):
            given = each.info.get_parameters()
            assert int(given["connect_timeout"]) <= 10
            assert int(given["tcp_user_timeout"]) <= 30_000
            assert int(given["keepalives_idle"]) <= 30


def test_whoever_listens_has_the_addresss_options_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"]["OPTIONS"], "sslmode", "verify-full")

    assert "sslmode=verify-full" in line_of_its_own("listens")


def test_an_address_may_have_more_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a@b/c?tcp_user_timeout=60000")

    assert env.database("DATABASE_URL").options["tcp_user_timeout"] == "60000"


def test_storage_variables_may_be_spelled_for_wasabi(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("S3_REGION", raising=False)
    monkeypatch.setenv("WASABI_REGION", "eu-central-1")

    assert env.read_storage("REGION") == "eu-central-1"


def test_half_a_key_pair_names_both_halves(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("S3_PROMOTER_KEY_ID", "id")
    monkeypatch.delenv("S3_PROMOTER_SECRET", raising=False)

    with pytest.raises(env.BadEnvironment, match="S3_PROMOTER_SECRET"):
        env.key_pair("promoter")


def test_one_pair_serves_every_identity_that_has_none(monkeypatch: pytest.MonkeyPatch):
    for name in ("S3_READER_KEY_ID", "S3_READER_SECRET", "S3_GPU_WRITER_KEY_ID", "S3_GPU_WRITER_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("S3_KEY_ID", "common")
    monkeypatch.setenv("S3_SECRET", "secret")

    assert env.key_pair("gpu-writer").key_id == "common"
    monkeypatch.setenv("S3_GPU_WRITER_KEY_ID", "own")
    monkeypatch.setenv("S3_GPU_WRITER_SECRET", "secret")
    assert env.key_pair("reader").key_id == "own"
