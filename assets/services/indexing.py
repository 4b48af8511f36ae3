"""What search finds follows the asset: the words of its title and its tags."""

from __future__ import annotations

from assets import search
from assets.models import Asset, SearchEntry


def index_asset(asset: Asset) -> None:
    """Enter an asset among what search finds, or enter it anew. In scope, in the transaction that changes it."""
    entry = SearchEntry(
        asset=asset, created_at=asset.created_at, words=search.vector(asset.title, asset.tags)
    )
    SearchEntry.objects.bulk_create(
        [entry], update_conflicts=True, unique_fields=["asset"], update_fields=["words"]
    )
