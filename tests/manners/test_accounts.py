"""Accounts: what a stranger can learn about them, how passwords are kept, what ends a session."""

import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp_auth
from django.conf import settings
from django.contrib.auth.hashers import get_hasher, identify_hasher
from django.test import override_settings

from orgs.models import User
from tests.cast import Api, Cast
from tests.manners.accounts import PASSWORD, Account, make_account

OTHER = "another staple, other horse"


@pytest.fixture
def post(tmp_path: Path):
    """Where mail is written to in this test."""
    with override_settings(EMAIL_FILE_PATH=tmp_path):
        yield tmp_path


def mails(post: Path) -> list[str]:
    found = sorted(post.iterdir(), key=lambda each: each.stat().st_mtime_ns)
    return [message_from_bytes(each.read_bytes(), policy=policy.default).get_content() for each in found]


def reset_key(post: Path) -> str:
    return mails(post)[-1].split("/login/recover/")[1].split()[0]


def told(response: Any) -> tuple[int, Any]:
    """Status and body, without what differs from one session to the next."""
    body = response.json()
    body.get("meta", {}).pop("session_token", None)
    return response.status_code, body


def stranger_asks(client: str, path: str, email: str, **more: str) -> tuple[int, Any]:
    return told(Account(email).send("POST", path, {"email": email} | more, client=client))


@pytest.mark.parametrize("client", ["app", "browser"])
@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("auth/login", {"password": "wrong"}),
        ("auth/signup", {"password": PASSWORD}),
        ("auth/password/request", {}),
    ],
)
def test_known_and_unknown_accounts_are_answered_alike(
    db: None, post: Path, client: str, path: str, more: dict[str, str]
):
    known, unknown = make_account().email, f"{secrets.token_hex(6)}@example.test"

    assert stranger_asks(client, path, known, **more) == stranger_asks(client, path, unknown, **more)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("auth/login", {"password": "wrong"}),
        ("auth/signup", {"password": PASSWORD}),
        ("auth/password/request", {}),
    ],
)
def test_known_and_unknown_accounts_take_the_same_time(db: None, post: Path, path: str, more: dict[str, str]):
    known = [make_account().email for _ in range(4)]
    unknown = [f"{secrets.token_hex(6)}@example.test" for _ in range(4)]

    def seconds(email: str) -> float:
        started = time.process_time()
        stranger_asks("app", path, email, **more)
        return time.process_time() - started

    seconds(known.pop()), seconds(unknown.pop())
    pairs = [(seconds(one), seconds(other)) for one, other in zip(known, unknown, strict=True)]
    of_known, of_unknown = (statistics.median(each) for each in zip(*pairs, strict=True))
    assert 0.5 < of_known / of_unknown < 2, pairs


def test_a_closed_account_is_answered_like_a_wrong_password(db: None):
    account = make_account()
    User.objects.filter(email=account.email).update(is_active=False)

    right, wrong = account.log_in(), account.log_in(password="wrong")

    assert right.status_code in {400, 401}
    assert wrong.status_code == 400


def test_passwords_are_kept_by_argon2id(db: None):
    user = User.objects.get(email=make_account().email)

    assert identify_hasher(user.password).algorithm == "argon2"
    assert user.password.startswith("argon2$argon2id$")
    assert get_hasher("default").algorithm == "argon2"


@pytest.mark.parametrize("password", ["short1!", "password123", "12345678", "aaaaaaa", ""])
def test_weak_passwords_are_refused_with_the_field(db: None, password: str):
    email = f"{secrets.token_hex(6)}@example.test"

    response = Account(email).send("POST", "auth/signup", {"email": email, "password": password})

    assert response.status_code == 400
    assert {each["param"] for each in response.json()["errors"]} == {"password"}


def test_a_password_like_the_address_is_refused(db: None):
    name = f"montgomery{secrets.token_hex(3)}"
    body = {"email": f"{name}@example.test", "password": f"{name}1"}

    assert Account("").send("POST", "auth/signup", body).status_code == 400


def test_log_out_kills_session_and_access_token_at_once(db: None):
    account = make_account()
    meta = account.log_in().json()["meta"]
    bearer = Api(headers={"Authorization": f"Bearer {meta['access_token']}"})
    assert bearer.get("/api/me").status == 200

    account.send("DELETE", "auth/session", **{"X-Session-Token": meta["session_token"]})

    assert bearer.get("/api/me").status == 401
    again = account.send("GET", "auth/session", **{"X-Session-Token": meta["session_token"]})
    assert again.status_code in {401, 410}


def browser_of(account: Account) -> Account:
    browser = Account(account.email)
    body = {"email": account.email, "password": PASSWORD}
    assert browser.send("POST", "auth/login", body, client="browser").status_code == 200
    return browser


def test_log_out_ends_the_browser_session(db: None):
    browser = browser_of(make_account())
    stolen = Account(browser.email)
    stolen.http.cookies.update(browser.http.cookies)
    assert stolen.http.get("/api/me").status_code == 200

    browser.send("DELETE", "auth/session", client="browser")

    assert stolen.http.get("/api/me").status_code == 401


def change_password(browser: Account, post: Path) -> None:
    body = {"current_password": PASSWORD, "new_password": OTHER}
    assert browser.send("POST", "account/password/change", body, client="browser").status_code == 200


def reset_password(browser: Account, post: Path) -> None:
    browser.send("POST", "auth/password/request", {"email": browser.email})
    body = {"key": reset_key(post), "password": OTHER}
    assert Account("").send("POST", "auth/password/reset", body).status_code in {200, 401}


@pytest.mark.parametrize("renew", [change_password, reset_password])
def test_a_new_password_ends_every_other_session(
    db: None, post: Path, renew: Callable[[Account, Path], None]
):
    account = make_account()
    here, elsewhere = browser_of(account), browser_of(account)
    meta = account.log_in().json()["meta"]
    bearer = Api(headers={"Authorization": f"Bearer {meta['access_token']}"})
    assert (elsewhere.http.get("/api/me").status_code, bearer.get("/api/me").status) == (200, 200)

    renew(here, post)

    assert elsewhere.http.get("/api/me").status_code == 401
    assert bearer.get("/api/me").status == 401
    assert account.log_in().status_code == 400
    assert account.log_in(password=OTHER).status_code == 200


def test_a_reset_link_works_once(db: None, post: Path):
    account = make_account()
    account.send("POST", "auth/password/request", {"email": account.email})
    key = reset_key(post)

    first = Account("").send("POST", "auth/password/reset", {"key": key, "password": OTHER})
    second = Account("").send("POST", "auth/password/reset", {"key": key, "password": PASSWORD})

    assert first.status_code in {200, 401}
    assert second.status_code == 400
    assert account.log_in(password=OTHER).status_code == 200


def test_a_reset_link_is_short_lived(db: None, post: Path):
    account = make_account()
    account.send("POST", "auth/password/request", {"email": account.email})

    assert settings.PASSWORD_RESET_TIMEOUT <= 3600
    with override_settings(PASSWORD_RESET_TIMEOUT=-1):
        late = Account("").send("POST", "auth/password/reset", {"key": reset_key(post), "password": OTHER})
    assert late.status_code == 400


def test_a_reset_for_an_unknown_address_tells_its_owner_and_nobody_else(db: None, post: Path):
    unknown = f"{secrets.token_hex(6)}@example.test"

    stranger_asks("app", "auth/password/request", unknown)

    assert "/login/recover/" not in "".join(mails(post))


def test_wrong_second_factors_run_out_and_the_right_one_is_kept_encrypted(
    db: None, monkeypatch: pytest.MonkeyPatch
):
    account = make_account()
    secret = totp_auth.generate_totp_secret()
    totp_auth.TOTP.activate(User.objects.get(email=account.email), secret)
    meta = account.log_in().json()["meta"]

    def enter(code: str) -> Any:
        path, token = "auth/2fa/authenticate", {"X-Session-Token": meta["session_token"]}
        return account.send("POST", path, {"code": code}, **token)

    with override_settings(ACCOUNT_RATE_LIMITS={"login_failed": "3/15m/key"}):
        answers = [enter("12345x") for _ in range(4)]
    assert [each.status_code for each in answers] == [400, 400, 400, 429]
    assert answers[3].headers["Content-Type"] == "application/problem+json"
    assert secret not in str(Authenticator.objects.get().data)


HTTPS = """
import django; django.setup()
from django.conf import settings
from shares.passes import cookie_name
print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_NAME,
      settings.CSRF_COOKIE_SECURE, cookie_name("x"))
"""


def test_under_https_cookies_are_secure_and_bound_to_the_host():
    environment = os.environ | {"DAM_PORTAL_URL": "https://dam.example.test", "DAM_PORT": "8080"}

    done = subprocess.run([sys.executable, "-c", HTTPS], env=environment, capture_output=True, check=True)

    told = "__Host-dam_session_8080 True __Host-dam_csrf_8080 True __Host-dam_share_8080_x"
    assert done.stdout.decode().strip() == told


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(db: None):
    browser = browser_of(make_account())
    session = browser.http.cookies[settings.SESSION_COOKIE_NAME]
    csrf = browser.http.cookies[settings.CSRF_COOKIE_NAME]

    assert (session["httponly"], session["samesite"], session["path"]) == (True, "Lax", "/")
    assert (csrf["samesite"], csrf["path"]) == ("Lax", "/")
    assert not session["domain"]
    assert not csrf["domain"]


def test_a_session_is_not_carried_over_a_log_in(db: None):
    account = make_account()
    browser = Account(account.email)
    browser.http.get("/_allauth/browser/v1/config")
    planted = "a" * 32
    browser.http.cookies[settings.SESSION_COOKIE_NAME] = planted

    body = {"email": account.email, "password": PASSWORD}
    browser.send("POST", "auth/login", body, client="browser")

    assert browser.http.cookies[settings.SESSION_COOKIE_NAME].value != planted


def test_an_invitation_is_answered_alike_whether_an_account_exists(cast: Cast):
    path = f"/api/projects/{cast.project.id}/members"
    known, unknown = make_account().email, f"{secrets.token_hex(6)}@example.test"

    answers = [cast.owner.post(path, {"email": each, "role": "viewer"}) for each in (known, unknown)]

    assert [each.status for each in answers] == [201, 201]
    assert len({frozenset(each.json) for each in answers}) == 1
