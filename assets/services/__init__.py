"""Writes of the room."""

from assets.services.catalogue import (
    acknowledge_master,
    reclaim,
    set_facts,
    set_preview_state,
    share_facts,
)
from assets.services.collections import (
    Order,
    change_items,
    create_collection,
    delete_collection,
    edit_collection,
    freeze_collection,
    keep_nesting_still,
)
from assets.services.downloads import download_url
from assets.services.editing import edit_asset, promote_version
from assets.services.facts import set_approval
from assets.services.field_values import FieldChange, judged_by, judged_fields, merged_fields
from assets.services.fields import apply_preset, create_field, delete_field, edit_field
from assets.services.holds import await_holds, bring_in_line, set_hold, settle
from assets.services.indexing import index_assets, learn_words, set_sidecar_words
from assets.services.kept import reword
from assets.services.many import Edit, Written, collect_many, edit_many, restore_many, trash_many
from assets.services.purging import PURGE, empty_trash, purge_asset, queue_purge
from assets.services.reindexing import catch_up, count_to_reindex, reindex
from assets.services.removing import remove_sidecar
from assets.services.searches import checked_query, delete_search, edit_search, save_search
from assets.services.shoots import (
    change_shoot_assets,
    create_shoot,
    delete_shoot,
    dismiss_proposal,
    edit_shoot,
    take_back_proposal,
)
from assets.services.stacks import attach_asset, clone_version, detach_version
from assets.services.tags import fold_tags
from assets.services.trash import restore_asset, trash_asset
from assets.services.twins import absorb_asset

__all__ = [
    "PURGE",
    "Edit",
    "FieldChange",
    "Order",
    "Written",
    "absorb_asset",
    "acknowledge_master",
    "apply_preset",
    "attach_asset",
    "await_holds",
    "bring_in_line",
    "catch_up",
    "change_items",
    "change_shoot_assets",
    "checked_query",
    "clone_version",
    "collect_many",
    "count_to_reindex",
    "create_collection",
    "create_field",
    "create_shoot",
    "delete_collection",
    "delete_field",
    "delete_search",
    "delete_shoot",
    "detach_version",
    "dismiss_proposal",
    "download_url",
    "edit_asset",
    "edit_collection",
    "edit_field",
    "edit_many",
    "edit_search",
    "edit_shoot",
    "empty_trash",
    "fold_tags",
    "freeze_collection",
    "index_assets",
    "judged_by",
    "judged_fields",
    "keep_nesting_still",
    "learn_words",
    "merged_fields",
    "promote_version",
    "purge_asset",
    "queue_purge",
    "reclaim",
    "reindex",
    "remove_sidecar",
    "restore_asset",
    "restore_many",
    "reword",
    "save_search",
    "set_approval",
    "set_facts",
    "set_hold",
    "set_preview_state",
    "set_sidecar_words",
    "settle",
    "share_facts",
    "take_back_proposal",
    "trash_asset",
    "trash_many",
]
