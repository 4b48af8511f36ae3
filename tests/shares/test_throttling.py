"""Wrong passwords run out."""

import pytest
from django.core.cache import cache

from shares import throttle
from tests.cast import Cast
from tests.shares.gallery import Guest, make_asset, share


@pytest.fixture
def limited(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    from django.conf import settings

    monkeypatch.setattr(settings, "RATE_LIMIT_SCALE", 1)
    cache.clear()
    return cast


def test_ten_wrong_passwords_close_the_link_for_that_address(limited: Cast):
    asset, _ = make_asset(limited)
    made = share(limited, asset, password="p")
    guest = Guest(made["token"])

    wrong = [guest.unlock(password="q").status for _ in range(throttle.LIMIT_PER_ADDRESS)]
    closed = guest.unlock(password="p")

    assert set(wrong) == {403}
    assert (closed.status, closed.problem) == (429, "too-many-requests")
    assert 0 < int(closed.headers["Retry-After"]) <= throttle.WINDOW_S
    elsewhere = Guest(made["token"], headers={"X-Real-IP": "203.0.113.9"})
    assert elsewhere.unlock(password="p").status == 200


def test_right_passwords_are_never_counted(limited: Cast):
    asset, _ = make_asset(limited)
    made = share(limited, asset, password="p")

    assert {Guest(made["token"]).unlock(password="p").status for _ in range(12)} == {200}


def test_many_addresses_together_close_the_link_for_all(limited: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(throttle, "LIMIT_PER_LINK", 3)
    asset, _ = make_asset(limited)
    made = share(limited, asset, password="p")

    for last in range(3):
        Guest(made["token"], headers={"X-Real-IP": f"203.0.113.{last}"}).unlock(password="q")

    assert Guest(made["token"], headers={"X-Real-IP": "203.0.113.99"}).unlock(password="p").status == 429


def test_scale_zero_turns_the_limit_off(limited: Cast, monkeypatch: pytest.MonkeyPatch):
    from django.conf import settings

    monkeypatch.setattr(settings, "RATE_LIMIT_SCALE", 0)
    monkeypatch.setattr(throttle, "LIMIT_PER_ADDRESS", 1)
    asset, _ = make_asset(limited)
    guest = Guest(share(limited, asset, password="p")["token"])

    assert [guest.unlock(password="q").status for _ in range(3)] == [403, 403, 403]
