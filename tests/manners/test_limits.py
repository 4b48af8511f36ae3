"""How often one may ask: writes, unknown tokens, log-ins; what a refusal says; what holds without Redis."""

import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.test import override_settings
from redis import Redis

from dam.core.errors import TooManyRequests
from dam.core.web import limits
from dam.core.web.limits import Rate
from orgs.services import issue_token
from tests.cast import Api, Cast
from tests.manners.accounts import Account, make_account
from tests.manners.counts import fresh_counts


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_counts(monkeypatch, scale=1)


@pytest.fixture
def narrow(limited: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three writes by one person, five by one address."""
    monkeypatch.setattr(limits, "WRITES", {"mutation": (Rate(3, 60), Rate(5, 60))})


@pytest.fixture
def without_redis(limited: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens where the counts should be."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"redis://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(limits, "_script", lambda source: Redis.from_url(nowhere).register_script(source))
    monkeypatch.setattr(limits._Rest, "until", 0.0)


def is_admitted(buckets: dict[str, Rate]) -> bool:
    try:
        limits.spend("rule", buckets)
    except TooManyRequests:
        return False
    return True


def rename(api: Api, cast: Cast, *, address: str = "203.0.113.1") -> int:
    path = f"/api/projects/{cast.project.id}"
    answer = api.patch(path, {"name": "Feature film"}, headers={"X-Real-IP": address})
    return int(answer.status)


def test_a_person_may_write_six_hundred_times_a_minute(limited: None):
    by_actor, by_address = limits.WRITES["mutation"]
    buckets = {"mutation:by:somebody": by_actor, "mutation:at:somewhere": by_address}
    started = time.monotonic()

    for _ in range(600):
        limits.spend("mutation", buckets)

    assert time.monotonic() - started < 30


def test_writes_run_out_soon_after_the_floor(limited: None):
    by_actor, _ = limits.WRITES["mutation"]

    passed = 0
    while passed < 2000 and is_admitted({"mutation:by:somebody": by_actor}):
        passed += 1

    assert 600 <= passed < 1000


def test_what_was_refused_takes_nothing_and_time_gives_it_back(limited: None):
    bucket = {"one": Rate(2, 4)}
    limits.spend("rule", bucket)
    limits.spend("rule", bucket)
    for _ in range(5):
        with pytest.raises(TooManyRequests):
            limits.spend("rule", bucket | {"other": Rate(1, 60)})
    limits.spend("rule", {"other": Rate(1, 60)})

    deadline = time.monotonic() + 60
    while not is_admitted(bucket):
        assert time.monotonic() < deadline


def test_writes_at_once_share_one_bucket(limited: None):
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: is_admitted({"shared": Rate(40, 3600)}), range(100))) == 40


def test_a_writer_is_refused_with_the_seconds_to_wait_and_others_are_not(cast: Cast, narrow: None):
    statuses = [rename(cast.owner, cast) for _ in range(4)]
    refused = cast.owner.patch(
        f"/api/projects/{cast.project.id}", {"name": "Other"}, headers={"X-Real-IP": "203.0.113.1"}
    )

    assert statuses == [200, 200, 200, 429]
    assert (refused.problem, refused.headers["Content-Type"]) == (
        "too-many-requests",
        "application/problem+json",
    )
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert cast.owner.get(f"/api/projects/{cast.project.id}")["name"] == "Feature film"
    assert rename(cast.editor, cast) == 403


def test_an_address_is_counted_whoever_acts_there(cast: Cast, narrow: None):
    for each in (cast.owner, cast.editor, cast.editor, cast.reviewer, cast.reviewer):
        rename(each, cast)

    assert rename(cast.viewer, cast) == 429
    assert rename(cast.viewer, cast, address="203.0.113.2") == 403


def test_reads_are_free(cast: Cast, narrow: None):
    assert {cast.owner.get("/api/me").status for _ in range(8)} == {200}
    body: dict[str, list[str]] = {"versions": []}
    assert 429 not in {cast.owner.post("/api/playback", body).status for _ in range(8)}


def test_uploads_have_buckets_of_their_own(cast: Cast, limited: None, monkeypatch: pytest.MonkeyPatch):
    narrow_writes = {"mutation": (Rate(1, 60), Rate(1, 60)), "presign": (Rate(3, 60), Rate(5, 60))}
    monkeypatch.setattr(limits, "WRITES", narrow_writes)
    rename(cast.owner, cast)

    statuses = [cast.owner.post("/api/presign", {"project": str(cast.project.id)}).status for _ in range(4)]

    assert statuses == [400, 400, 400, 429]


@pytest.mark.parametrize("path", ["/api/s/guessed", "/api/me"])
def test_guessed_tokens_run_out_but_known_ones_never(
    cast: Cast, limited: None, monkeypatch: pytest.MonkeyPatch, path: str
):
    monkeypatch.setattr(limits, "TOKEN_MISSES", Rate(3, 60))
    guesser = Api(headers={"Authorization": "Bearer dam_guessed", "X-Real-IP": "203.0.113.4"})

    answers = [guesser.get(path) for _ in range(4)]

    assert [each.status for each in answers[:3]] == [404 if "/s/" in path else 401] * 3
    assert answers[3].status == 429
    assert cast.owner.get("/api/me", headers={"X-Real-IP": "203.0.113.4"}).status == 200


@pytest.mark.parametrize("client", ["app", "browser"])
def test_ten_wrong_log_ins_close_the_account_to_that_address_alone(cast: Cast, limited: None, client: str):
    account = make_account()
    wrong = [account.log_in(client, password="wrong", address="203.0.113.5").status_code for _ in range(10)]
    closed = account.log_in(client, address="203.0.113.5")

    assert wrong == [400] * 10
    assert closed.status_code == 429
    assert closed.headers["Content-Type"] == "application/problem+json"
    assert 600 < int(closed.headers["Retry-After"]) <= 900
    assert account.log_in(client, address="203.0.113.6").status_code == 200
    assert make_account().log_in(client, address="203.0.113.5").status_code == 200


def test_right_log_ins_are_not_counted_however_many(cast: Cast, limited: None):
    account = make_account()

    assert {account.log_in("app", address="203.0.113.5").status_code for _ in range(13)} == {200}


def test_wrong_and_unknown_accounts_run_out_alike(cast: Cast, limited: None):
    known, unknown = make_account(), Account("nobody@example.test")

    for each in (known, unknown):
        answers = [each.log_in("app", password="wrong", address="203.0.113.7") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [400] * 10 + [429]


def test_requests_to_accounts_are_counted_by_address(
    cast: Cast, limited: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "ACCOUNT_REQUESTS", Rate(2, 60))
    account = make_account()

    statuses = [account.log_in("app", address="203.0.113.8").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_without_redis_writes_pass(cast: Cast, narrow: None, without_redis: None):
    assert {rename(cast.owner, cast) for _ in range(6)} == {200}


def test_without_redis_wrong_passwords_still_run_out(cast: Cast, without_redis: None):
    account = make_account()

    wrong = [account.log_in("app", password="wrong").status_code for _ in range(11)]

    assert wrong == [400] * 10 + [429]
    assert make_account().log_in("app").status_code == 200


def test_a_redis_that_is_silent_costs_one_moment_not_one_for_each_request(
    cast: Cast, limited: None, monkeypatch: pytest.MonkeyPatch
):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        client = Redis.from_url(address, socket_timeout=limits.PATIENCE_S)
        monkeypatch.setattr(limits, "_script", client.register_script)
        monkeypatch.setattr(limits._Rest, "until", 0.0)
        monkeypatch.setattr(limits, "REST_S", 3600.0)

        statuses = {rename(cast.owner, cast) for _ in range(5)}

        assert statuses == {200}
        assert calls_at(silent) == 1


def calls_at(server: socket.socket) -> int:
    """Return how many have called a server that takes no calls."""
    server.setblocking(False)
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            count += 1
    return count


def test_a_redis_that_is_silent_puts_off_mails_and_holds_up_nobody(db: None, limited: None):
    account = make_account()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        caches = {"default": {**settings.CACHES["default"], "LOCATION": address}}
        with override_settings(CACHES=caches, ACCOUNT_RATE_LIMITS={"reset_password": "5/m/key"}):
            answer = account.send("POST", "auth/password/request", {"email": account.email})

        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert answer.json()["type"].endswith("/unavailable")
        assert time.monotonic() - started < 20


def test_scale_zero_turns_every_limit_off(cast: Cast, narrow: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "RATE_LIMIT_SCALE", 0)
    account = make_account()

    assert {rename(cast.owner, cast) for _ in range(7)} == {200}
    assert {account.log_in("app", password="wrong").status_code for _ in range(12)} == {400}


def test_scale_multiplies(limited: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "RATE_LIMIT_SCALE", 3)

    for _ in range(6):
        limits.spend("rule", {"scaled": Rate(2, 3600)})
    with pytest.raises(TooManyRequests):
        limits.spend("rule", {"scaled": Rate(2, 3600)})


def test_a_token_and_its_person_share_one_count(cast: Cast, narrow: None):
    second = Api(headers={"Authorization": f"Bearer {issue_token(user=cast.owner.person)}"})

    statuses = [
        rename(cast.owner, cast),
        rename(second, cast),
        rename(cast.owner, cast),
        rename(second, cast),
    ]

    assert statuses == [200, 200, 200, 429]
