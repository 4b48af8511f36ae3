"""Reads of the room: loaders, lists and documents."""

from assets.queries.documents import asset_document, asset_rows, collection_document, version_document
from assets.queries.fields import field_document, field_for, visible_fields
from assets.queries.lists import (
    SORTS,
    AssetFilter,
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
    check_project,
    collection_for,
    collection_in_body,
    lock_assets,
    master_of,
    master_with_digest,
    target_of,
    version_for,
    version_is_shared,
    version_topic,
    versions_with_digest,
)
from assets.queries.pages import asset_page

__all__ = [
    "SORTS",
    "AssetFilter",
    "asset_document",
    "asset_for",
    "asset_in_body",
    "asset_page",
    "asset_rows",
    "assets_in_share",
    "check_project",
    "collection_assets",
    "collection_document",
    "collection_for",
    "collection_in_body",
    "field_document",
    "field_for",
    "heads",
    "lock_assets",
    "master_of",
    "master_with_digest",
    "target_of",
    "version_document",
    "version_for",
    "version_is_shared",
    "version_topic",
    "versions_of",
    "versions_with_digest",
    "visible_assets",
    "visible_collections",
    "visible_fields",
    "visible_versions",
]
