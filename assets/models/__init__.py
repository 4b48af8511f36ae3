"""The catalogue: masters (the bytes), assets, their versions, collections, fields."""

from assets.models.assets import (
    FACTS,
    ApprovalState,
    Asset,
    Kind,
    Master,
    PreviewState,
    Sidecar,
    Version,
)
from assets.models.collections import Collection, CollectionItem
from assets.models.fields import FieldDefinition, FieldValue
from assets.models.finding import LexiconEntry, SearchEntry
from assets.models.holds import Hold
from assets.models.searches import SavedSearch
from assets.models.shoots import Dismissal, Shoot
from assets.models.tags import TagCount

__all__ = [
    "FACTS",
    "ApprovalState",
    "Asset",
    "Collection",
    "CollectionItem",
    "Dismissal",
    "FieldDefinition",
    "FieldValue",
    "Hold",
    "Kind",
    "LexiconEntry",
    "Master",
    "PreviewState",
    "SavedSearch",
    "SearchEntry",
    "Shoot",
    "Sidecar",
    "TagCount",
    "Version",
]
