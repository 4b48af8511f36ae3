"""Wrong passwords run out, for those who sent them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connections

from dam.core.web.limits import Rate
from shares import throttle
from tests.cast import Cast
from tests.manners.counts import fresh_counts
from tests.shares.gallery import Guest, make_asset, share


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_counts(monkeypatch, scale=1)


def guest_at(token: str, address: str) -> Guest:
    return Guest(token, headers={"X-Real-IP": address})


def test_ten_wrong_passwords_close_the_link_for_that_address(cast: Cast, limited: None):
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="p")
    guest = guest_at(made["token"], "203.0.113.1")

    wrong = [guest.unlock(password="q").status for _ in range(10)]
    closed = guest.unlock(password="p")

    assert wrong == [403] * 10
    assert (closed.status, closed.problem) == (429, "too-many-requests")
    assert 880 < int(closed.headers["Retry-After"]) <= 900
    assert guest_at(made["token"], "203.0.113.9").unlock(password="p").status == 200


def test_one_subscriber_has_many_addresses_of_the_new_kind(cast: Cast, limited: None):
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="p")

    wrong = [guest_at(made["token"], f"2001:db8::{each}").unlock(password="q") for each in range(11)]

    assert [each.status for each in wrong] == [403] * 10 + [429]
    assert guest_at(made["token"], "2001:db8:0:1::1").unlock(password="p").status == 200


def test_right_passwords_are_never_counted(cast: Cast, limited: None):
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="p")

    assert {Guest(made["token"]).unlock(password="p").status for _ in range(12)} == {200}


def test_many_right_passwords_at_once_are_all_let_in(committed_cast: Cast, limited: None):
    asset, _ = make_asset(committed_cast)
    made = share(committed_cast, asset, password="p")

    def unlock(_: int) -> int:
        try:
            return int(guest_at(made["token"], "203.0.113.2").unlock(password="p").status)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(unlock, range(16))) == {200}


def test_many_wrong_passwords_at_once_do_not_slip_through_together(committed_cast: Cast, limited: None):
    asset, _ = make_asset(committed_cast)
    made = share(committed_cast, asset, password="p")

    def unlock(_: int) -> int:
        try:
            return int(guest_at(made["token"], "203.0.113.3").unlock(password="q").status)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(unlock, range(13)))

    assert statuses == [403] * 10 + [429] * 3


def test_many_addresses_together_close_the_link_but_not_to_who_was_in_before(
    cast: Cast, limited: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(throttle, "BY_LINK", Rate(3, 900))
    asset, _ = make_asset(cast)
    made = share(cast, asset, password="p")
    guest_at(made["token"], "203.0.113.50").unlock(password="p")

    for last in range(3):
        guest_at(made["token"], f"203.0.113.{last}").unlock(password="q")

    assert guest_at(made["token"], "203.0.113.99").unlock(password="p").status == 429
    assert guest_at(made["token"], "203.0.113.50").unlock(password="p").status == 200


def test_scale_zero_turns_the_limit_off(cast: Cast, limited: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "RATE_LIMIT_SCALE", 0)
    asset, _ = make_asset(cast)
    guest = Guest(share(cast, asset, password="p")["token"])

    assert [guest.unlock(password="q").status for _ in range(12)] == [403] * 12
