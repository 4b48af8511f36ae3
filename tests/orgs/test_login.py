"""Logging in: portal session with CSRF, access tokens of the app client, API tokens."""

import secrets
from email import message_from_bytes, policy
from urllib.parse import unquote

import orjson
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client as HttpClient
from django.test import override_settings

from orgs.models import ApiToken, User
from orgs.services import create_user
from tests.cast import Api, Cast

PASSWORD = "correct horse battery staple"


@pytest.fixture
def person(db: None) -> User:
    user, _ = create_user(email=f"{secrets.token_hex(4)}@example.test", name="Person", password=PASSWORD)
    return user


def log_in(http: HttpClient, user: User, *, client: str, password: str = PASSWORD):
    path = f"/_allauth/{client}/v1/auth/login"
    headers = {}
    if client == "browser":
        http.get("/_allauth/browser/v1/config")
        headers["X-CSRFToken"] = http.cookies[settings.CSRF_COOKIE_NAME].value
    body = orjson.dumps({"email": user.email, "password": password})
    return http.post(path, body, content_type="application/json", headers=headers)


def test_the_portal_logs_in_with_a_cookie_that_carries_the_port(person: User):
    http = HttpClient(enforce_csrf_checks=True)

    assert log_in(http, person, client="browser").status_code == 200
    assert f"dam_session_{settings.PORT}" == settings.SESSION_COOKIE_NAME
    assert http.get("/api/me").json()["email"] == person.email


def test_a_session_without_csrf_token_may_not_write(person: User):
    http = HttpClient(enforce_csrf_checks=True)
    log_in(http, person, client="browser")
    body = orjson.dumps({"name": "Studio"})

    refused = http.post("/api/orgs", body, content_type="application/json")
    token = http.cookies[settings.CSRF_COOKIE_NAME].value
    made = http.post("/api/orgs", body, content_type="application/json", headers={"X-CSRFToken": token})

    assert (refused.status_code, made.status_code) == (403, 201)


def test_an_access_token_works_and_is_dead_after_log_out(person: User):
    http = HttpClient()
    meta = log_in(http, person, client="app").json()["meta"]
    bearer = {"Authorization": f"Bearer {meta['access_token']}"}

    assert Api(headers=bearer).get("/api/me")["email"] == person.email
    HttpClient().delete(
        "/_allauth/app/v1/auth/session", headers={"X-Session-Token": meta["session_token"]} | bearer
    )
    assert Api(headers=bearer).get("/api/me").status == 401


@pytest.mark.parametrize("client", ["app", "browser"])
def test_a_wrong_password_reads_like_an_unknown_address(person: User, client: str):
    wrong = log_in(HttpClient(), person, client=client, password="wrong")
    person.email = "nobody@example.test"
    unknown = log_in(HttpClient(), person, client=client)

    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert wrong.status_code == 400


def test_sign_up_waits_for_the_address_and_invitations_become_grants(cast: Cast, tmp_path):
    email = f"{secrets.token_hex(4)}@example.test"
    cast.owner.post(f"/api/projects/{cast.project.id}/members", {"email": email, "role": "reviewer"})
    body = orjson.dumps({"email": email, "password": PASSWORD})

    with override_settings(EMAIL_FILE_PATH=tmp_path):
        answer = HttpClient().post("/_allauth/app/v1/auth/signup", body, content_type="application/json")
    mail = message_from_bytes(next(tmp_path.iterdir()).read_bytes(), policy=policy.default)
    key = unquote(mail.get_content().split("/verify-email/")[1].split()[0])
    verified = HttpClient().post(
        "/_allauth/app/v1/auth/email/verify", orjson.dumps({"key": key}), content_type="application/json"
    )

    # Both wait for a log-in: the address first had to be, and now is, verified.
    assert (answer.status_code, verified.status_code) == (401, 401), verified.content
    user = User.objects.get(email=email)
    assert EmailAddress.objects.get(user=user).verified
    assert Api(user).get(f"/api/projects/{cast.project.id}")["role"] == "reviewer"


@pytest.mark.parametrize("token", ["dam_wrong", "not.a.token", "dam_", "x"])
def test_an_unknown_token_is_401(db: None, token: str):
    answer = Api(headers={"Authorization": f"Bearer {token}"}).get("/api/me")

    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_tokens_are_stored_hashed_and_die_when_revoked(cast: Cast):
    from django.utils.timezone import now

    token = cast.owner.headers["Authorization"].split()[1]
    row = ApiToken.objects.get(user=cast.owner.person)

    assert token.encode() not in bytes(row.token_hash)
    row.revoked_at = now()
    row.save()
    assert cast.owner.get("/api/me").status == 401


def test_a_token_in_the_query_string_is_not_accepted(cast: Cast):
    token = cast.owner.headers["Authorization"].split()[1]

    assert cast.nobody.get(f"/api/me?token={token}").status == 401
