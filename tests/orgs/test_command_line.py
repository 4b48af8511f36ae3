"""`manage.py user` and `token`: what they print, and what they refuse."""

import io
import json
import secrets

import pytest
from django.core.management import CommandError, call_command

from orgs.models import User
from tests.cast import Api


def run(name: str, **options: str) -> str:
    printed = io.StringIO()
    call_command(name, stdout=printed, **options)
    return printed.getvalue()


def test_a_person_is_made_once_and_keeps_the_password(db: None):
    email = f"{secrets.token_hex(4)}@example.test"

    made = json.loads(run("user", email=email, slug="fresh-house", role="admin"))
    again = json.loads(run("user", email=email, slug="fresh-house", role="member"))

    assert set(made) == {"id", "email", "password", "organization"}
    assert (again["id"], again["password"], again["organization"]) == (made["id"], None, made["organization"])
    assert User.objects.get(email=email).check_password(made["password"])
    assert Api(User.objects.get(email=email)).get("/api/me")["organizations"][0]["role"] == "admin"


def test_without_an_organisation_there_is_none(db: None):
    assert json.loads(run("user", email="alone@example.test"))["organization"] is None


@pytest.mark.parametrize(
    "options",
    [
        {"email": "bad"},
        {"email": f"{'x' * 300}@example.test"},
        {"email": "good@example.test", "slug": "no spaces"},
        {"email": "good@example.test", "slug": ""},
        {"email": "good@example.test", "slug": "s" * 65},
    ],
)
def test_a_malformed_address_or_slug_is_said_in_words_and_makes_nobody(db: None, options: dict[str, str]):
    with pytest.raises(CommandError, match=r"valid|blank|at most"):
        run("user", **options)

    assert not User.objects.filter(email=options["email"]).exists()


def test_a_token_is_all_that_is_printed(db: None):
    run("user", email="tok@example.test")

    token = run("token", email="tok@example.test").strip()

    assert token.startswith("dam_")
    assert Api(headers={"Authorization": f"Bearer {token}"}).get("/api/me")["email"] == "tok@example.test"


def test_a_token_for_nobody_says_what_to_do(db: None):
    with pytest.raises(CommandError, match="bin/dam user"):
        run("token", email="nobody@example.test")
