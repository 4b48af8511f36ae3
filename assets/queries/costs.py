"""What a delete costs before it happens: bytes are paid for until their lock and their minimum duration have ended.

Source: stores with a minimum storage duration bill the rest of it when something is deleted early; what a lock keeps
is stored, and paid for, in any case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from assets.models import Asset, Master, Sidecar, Version
from assets.queries.holds import held_assets

TB, MONTH_DAYS, DAY_S = 10**12, 30, 86_400
#: Not to the cent: what a small file costs must not read as nothing.
EXACT = Decimal("1e-12")


@dataclass(frozen=True)
class PriceTable:
    """What the store asks: `price` for a TB in 30 days, for `minimum_days` at least."""

    price: Decimal
    currency: str
    minimum_days: int

    def cost(self, size: int, *, since: datetime, until: datetime) -> Decimal:
        """Return what so many bytes cost from one moment to another; nothing where it has passed."""
        days = Decimal(max(0.0, (until - since).total_seconds())) / DAY_S
        return self.price * size / TB * days / MONTH_DAYS


def price_table() -> PriceTable:
    """Return the prices that the operator has set."""
    return PriceTable(settings.STORAGE_PRICE, settings.STORAGE_CURRENCY, settings.STORAGE_MINIMUM_DAYS)


def delete_cost(asset: Asset, *, at: datetime | None = None) -> dict[str, Any]:
    """Return what purging an asset now would still cost, and from when on it costs nothing more.

    Bytes that other assets have stay, and cost nothing here. `free_from` is None where nothing would go.
    """
    now, table = at or timezone.now(), price_table()
    masters = list(_masters_of(asset))
    own = _only_here(asset, masters)
    lines = [_line(each, table, now=now, is_shared=each.id not in own) for each in masters]
    going = [each for each in lines if not each["shared"]]
    total = sum((each.pop("exact") for each in lines), Decimal(0))
    return {
        "currency": table.currency,
        "now": float(total.quantize(EXACT)),
        "free_from": max((each["free_from"] for each in going), default=None),
        "held": asset.id in held_assets([asset.id]),
        "bytes": sum(each["size"] for each in going),
        "price": {
            "per_tb_month": float(table.price),
            "minimum_days": table.minimum_days,
        },
        "masters": lines,
    }


def _masters_of(asset: Asset) -> Iterable[Master]:
    of_versions = Version.objects.filter(asset=asset).values("master_id")
    beside = Sidecar.objects.filter(version__asset=asset).values("master_id")
    return Master.objects.filter(Q(id__in=of_versions) | Q(id__in=beside)).order_by("id")


def _only_here(asset: Asset, masters: Iterable[Master]) -> set[Any]:
    """Return those masters that nothing but the asset has."""
    elsewhere = Exists(Version.objects.filter(master=OuterRef("id")).exclude(asset=asset)) | Exists(
        Sidecar.objects.filter(master=OuterRef("id")).exclude(version__asset=asset)
    )
    ids = [each.id for each in masters]
    return set(Master.objects.filter(~Q(elsewhere), id__in=ids).values_list("id", flat=True))


def _line(master: Master, table: PriceTable, *, now: datetime, is_shared: bool) -> dict[str, Any]:
    minimum_until = master.created_at + timedelta(days=table.minimum_days)
    free_from = max(filter(None, (minimum_until, master.locked_until)))
    cost = Decimal(0) if is_shared else table.cost(master.size, since=now, until=free_from)
    return {
        "sha256": master.sha256,
        "size": master.size,
        "shared": is_shared,
        "stored_at": master.created_at,
        "minimum_until": minimum_until,
        "locked_until": master.locked_until,
        "free_from": free_from,
        "cost": float(cost.quantize(EXACT)),
        "exact": cost,
    }
