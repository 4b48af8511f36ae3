"""What search finds and filters ask follows the asset: the words of its title, its tags, its fields' values."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from assets import search
from assets.fieldtypes import LONGEST_COMPARED
from assets.models import Asset, FieldValue, SearchEntry
from dam.core.tenancy import current_organization


def index_asset(asset: Asset) -> None:
    """Enter an asset among what search finds, or enter it anew. In scope, in the transaction that changes it."""
    index_assets([asset])


def index_assets(assets: Sequence[Asset]) -> None:
    """Enter assets among what search finds, or enter them anew; one statement for many. As `index_asset`."""
    entries = [
        SearchEntry(asset=each, created_at=each.created_at, words=search.vector(each.title, each.tags))
        for each in assets
    ]
    SearchEntry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["asset"], update_fields=["words"]
    )


def index_fields(asset_ids: Sequence[UUID]) -> None:
    """Enter the values of assets' custom fields anew, typed by their definitions; one statement for many assets.

    Locks and transaction: in scope, in the transaction that changes the assets or the definitions.
    """
    FieldValue.objects.filter(asset_id__in=asset_ids).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO assets_fieldvalue
                (organization_id, asset_id, field_id, place, created_at, as_text, as_number, as_time)
            SELECT asset.organization_id, asset.id, field.id, value.place - 1, asset.created_at,
                CASE WHEN field.type NOT IN ('number', 'date', 'datetime') THEN left(value.plain, %(longest)s) END,
                CASE WHEN field.type = 'number' THEN value.plain::float8 END,
                CASE WHEN field.type IN ('date', 'datetime') THEN value.plain::timestamptz END
            FROM assets_asset asset
            CROSS JOIN LATERAL jsonb_each(asset.fields) AS held(key, value)
            JOIN assets_field field ON field.organization_id = asset.organization_id AND field.key = held.key
            CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(held.value)
                WHEN 'array' THEN held.value ELSE jsonb_build_array(held.value) END)
                WITH ORDINALITY AS value(plain, place)
            WHERE asset.organization_id = %(organization)s AND asset.id = ANY (%(assets)s::uuid[])
            """,
            {
                "longest": LONGEST_COMPARED,
                "organization": current_organization(),
                "assets": list(asset_ids),
            },
        )
