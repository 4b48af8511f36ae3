"""What a delete costs, told before it happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from assets.models import Master
from dam import env
from dam.core import tenancy
from tests.assets.catalogue import deliver, new_digest
from tests.cast import Cast

TB = 10**12


@pytest.fixture(autouse=True)
def prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STORAGE_PRICE", Decimal("6.00"))
    monkeypatch.setattr(settings, "STORAGE_CURRENCY", "EUR")
    monkeypatch.setattr(settings, "STORAGE_MINIMUM_DAYS", 90)


def age(cast: Cast, sha256: str, *, days: int, locked_days: int = 30) -> None:
    """Let a master be so old, and locked so long from then on."""
    since = datetime.now(UTC) - timedelta(days=days)
    with tenancy.scope(cast.org_id):
        Master.objects.filter(sha256=sha256).update(
            created_at=since, locked_until=since + timedelta(days=locked_days)
        )


def cost(cast: Cast, asset: Any) -> Any:
    answer = cast.editor.get(f"/api/assets/{asset.id}/delete-cost")
    assert answer.status == 200, answer
    return answer


def test_fresh_bytes_are_paid_for_until_their_minimum_duration_ends(cast: Cast) -> None:
    asset, version = deliver(cast.project, size=TB)

    told = cost(cast, asset)

    assert (told["currency"], told["bytes"], told["held"]) == ("EUR", TB, False)
    assert told["now"] == pytest.approx(18.0, rel=1e-3)
    assert told["price"] == {"per_tb_month": 6.0, "minimum_days": 90}
    [line] = told["masters"]
    assert (line["sha256"], line["shared"]) == (version.sha256, False)
    assert told["free_from"] == line["free_from"] == line["minimum_until"]


def test_the_cost_falls_with_every_day_and_ends(cast: Cast) -> None:
    asset, version = deliver(cast.project, size=TB)

    age(cast, version.sha256, days=60)
    assert cost(cast, asset)["now"] == pytest.approx(6.0, rel=1e-3)
    age(cast, version.sha256, days=91)
    assert cost(cast, asset)["now"] == 0


def test_a_longer_lock_is_paid_for_to_its_end(cast: Cast) -> None:
    asset, version = deliver(cast.project, size=TB)
    age(cast, version.sha256, days=100, locked_days=130)

    told = cost(cast, asset)

    assert told["now"] == pytest.approx(6.0, rel=1e-3)
    assert told["free_from"] == told["masters"][0]["locked_until"]


def test_small_files_do_not_read_as_free(cast: Cast) -> None:
    asset, _ = deliver(cast.project, size=1000)

    assert 0 < cost(cast, asset)["now"] < 1e-6


def test_bytes_that_another_asset_has_cost_nothing_here(cast: Cast) -> None:
    sha256 = new_digest()
    asset, _ = deliver(cast.project, sha256=sha256, size=TB)
    deliver(cast.project, sha256=sha256, size=TB)

    told = cost(cast, asset)

    assert (told["now"], told["free_from"], told["bytes"]) == (0, None, 0)
    assert told["masters"][0]["shared"] is True


def test_the_cost_is_told_of_what_lies_in_the_trash_too(cast: Cast) -> None:
    asset, _ = deliver(cast.project, size=TB)
    cast.editor.delete(f"/api/assets/{asset.id}")

    assert cost(cast, asset)["now"] > 0


def test_editors_see_the_cost_and_others_do_not(cast: Cast) -> None:
    asset, _ = deliver(cast.project)
    path = f"/api/assets/{asset.id}/delete-cost"

    assert cast.reviewer.get(path).status == 403
    assert cast.stranger.get(path).status == 404
    assert list(cast.editor.get(f"{path}?at=2030").errors) == ["at"]


@pytest.mark.parametrize(
    ("name", "value"), [("STORAGE_PRICE", "cheap"), ("STORAGE_PRICE", "-1"), ("STORAGE_CURRENCY", "euro")]
)
def test_a_price_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    read = env.read_amount if name == "STORAGE_PRICE" else env.read_currency

    with pytest.raises(env.BadEnvironment, match=name):
        read(name, "0")
