"""What assets say in words, wherever they say it: what search finds them by, and what it shows of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from uuid import UUID

import orjson
from django.db import connection

from assets.search import Said
from dam.core import registry
from dam.core.tenancy import current_organization

#: So many texts of one kind, and characters of one text, are looked at: what search knows of an asset has its end.
MOST_TEXTS, LONGEST_TEXT = 500, 100_000

_VERSIONS = """
    SELECT version.asset_id, version.id, version.name, ARRAY(SELECT sidecar.words FROM assets_sidecar sidecar
        WHERE sidecar.organization_id = %(organization)s AND sidecar.version_id = version.id AND sidecar.words <> ''
        ORDER BY sidecar.id)
    FROM assets_version version
    WHERE version.organization_id = %(organization)s AND version.asset_id = ANY (%(assets)s::uuid[])
    ORDER BY version.number DESC
"""


_ASSETS = """
    SELECT id, title, tags, fields FROM assets_asset
    WHERE organization_id = %(organization)s AND id = ANY (%(assets)s::uuid[]) ORDER BY id
"""


def said_by(asset_ids: Sequence[UUID]) -> dict[UUID, Said]:
    """Return what each asset says, by where it says it; a constant number of statements for many.

    In scope. Comments among members are part of it: for members alone.
    """
    held = defaultdict[UUID, list[tuple[UUID, str, list[str]]]](list)
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {"organization": current_organization(), "assets": list(asset_ids)})
        for asset_id, *version in cursor.fetchall():
            held[asset_id].append(tuple(version))
        cursor.execute(_ASSETS, {"organization": current_organization(), "assets": list(asset_ids)})
        rows = cursor.fetchall()
    comments = registry.said("version", "comments", [each[0] for some in held.values() for each in some])
    return {
        asset_id: Said(
            title,
            tags,
            orjson.loads(fields),
            list(dict.fromkeys(name for _, name, _ in held[asset_id]))[:MOST_TEXTS],
            _texts(comments.get(version_id, ()) for version_id, _, _ in held[asset_id]),
            _texts(spoken for _, _, spoken in held[asset_id]),
        )
        for asset_id, title, tags, fields in rows
    }


def _texts(held: Iterable[Sequence[str]]) -> list[str]:
    return [each[:LONGEST_TEXT] for each in islice(chain.from_iterable(held), MOST_TEXTS)]
