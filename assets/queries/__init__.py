"""Reads of the room: loaders, lists and documents."""

from assets.queries.documents import asset_document, asset_rows, collection_document, version_document
from assets.queries.lists import (
    SORTS,
    AssetFilter,
    assets_matching,
    collection_assets,
    heads,
    versions_of,
    visible_assets,
    visible_collections,
    visible_versions,
)
from assets.queries.loaders import (
    asset_for,
    asset_in_body,
    assets_in_share,
    collection_for,
    collection_in_body,
    master_of,
    master_with_digest,
    target_of,
    version_for,
    version_is_shared,
    versions_with_digest,
)

__all__ = [
    "SORTS",
    "AssetFilter",
    "asset_document",
    "asset_for",
    "asset_in_body",
    "asset_rows",
    "assets_in_share",
    "assets_matching",
    "collection_assets",
    "collection_document",
    "collection_for",
    "collection_in_body",
    "heads",
    "master_of",
    "master_with_digest",
    "target_of",
    "version_document",
    "version_for",
    "version_is_shared",
    "versions_of",
    "versions_with_digest",
    "visible_assets",
    "visible_collections",
    "visible_versions",
]
