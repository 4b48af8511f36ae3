"""Reads of the room: loaders, lists and documents."""

from assets.queries.costs import delete_cost
from assets.queries.documents import (
    approval_document,
    asset_document,
    asset_rows,
    sidecar_document,
    version_document,
)
from assets.queries.facets import facets_of
from assets.queries.fields import definition_of, field_document, field_for, visible_fields
from assets.queries.filters import AssetFilter, asked_of, check_places, filter_from, filter_of
from assets.queries.folders import assets_in_folder, folder_page
from assets.queries.holds import held_assets, hold_document, hold_of
from assets.queries.kept import Kept, kept_queries, kept_query
from assets.queries.lists import (
    SORTS,
    collection_assets,
    heads,
    sidecars_of,
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
    version_in_stack,
    version_is_shared,
    version_of_stack,
    version_topic,
    versions_with_digest,
)
from assets.queries.names import names_seen
from assets.queries.orders import LIST_SORTS
from assets.queries.pages import matching_ids
from assets.queries.searches import search_documents, search_for, visible_searches
from assets.queries.searching import as_meant, asset_page
from assets.queries.shoots import proposals, shoot_document, shoot_for, visible_shoots
from assets.queries.smart import collection_document, collection_documents, smart_ids
from assets.queries.tags import tag_is_carried, tag_is_seen, tag_page

__all__ = [
    "LIST_SORTS",
    "SORTS",
    "AssetFilter",
    "Kept",
    "approval_document",
    "as_meant",
    "asked_of",
    "asset_document",
    "asset_for",
    "asset_in_body",
    "asset_page",
    "asset_rows",
    "assets_in_folder",
    "assets_in_share",
    "check_places",
    "check_project",
    "collection_assets",
    "collection_document",
    "collection_documents",
    "collection_for",
    "collection_in_body",
    "definition_of",
    "delete_cost",
    "facets_of",
    "field_document",
    "field_for",
    "filter_from",
    "filter_of",
    "folder_page",
    "heads",
    "held_assets",
    "hold_document",
    "hold_of",
    "kept_queries",
    "kept_query",
    "lock_assets",
    "master_of",
    "master_with_digest",
    "matching_ids",
    "names_seen",
    "proposals",
    "search_documents",
    "search_for",
    "shoot_document",
    "shoot_for",
    "sidecar_document",
    "sidecars_of",
    "smart_ids",
    "tag_is_carried",
    "tag_is_seen",
    "tag_page",
    "target_of",
    "version_document",
    "version_for",
    "version_in_stack",
    "version_is_shared",
    "version_of_stack",
    "version_topic",
    "versions_of",
    "versions_with_digest",
    "visible_assets",
    "visible_collections",
    "visible_fields",
    "visible_searches",
    "visible_shoots",
    "visible_versions",
]
