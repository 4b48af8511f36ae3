"""Writes of the room."""

from assets.services.catalogue import acknowledge_master, set_facts, set_preview_state, share_facts
from assets.services.collections import (
    change_items,
    create_collection,
    delete_collection,
    edit_collection,
    freeze_collection,
)
from assets.services.downloads import download_url
from assets.services.editing import check_fields, edit_asset, promote_version, restore_asset, trash_asset

__all__ = [
    "acknowledge_master",
    "change_items",
    "check_fields",
    "create_collection",
    "delete_collection",
    "download_url",
    "edit_asset",
    "edit_collection",
    "freeze_collection",
    "promote_version",
    "restore_asset",
    "set_facts",
    "set_preview_state",
    "share_facts",
    "trash_asset",
]
