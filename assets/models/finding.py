"""What assets are found by."""

from __future__ import annotations

from typing import ClassVar, Self
from uuid import UUID

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from assets.models.assets import Asset
from assets.search import FORM
from dam.core.db import TenantKey, TenantManager


class SearchEntry(models.Model):
    """What an asset is found by, see `assets.search`; beside the asset, so that it can be made anew at leisure.

    `created_at` is the asset's, so that the newest finds come in order without the asset itself.
    """

    asset = models.OneToOneField(
        Asset, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    created_at = models.DateTimeField()
    words = SearchVectorField()
    #: In which form the words were entered; older ones are found less well until they are entered anew.
    form = models.SmallIntegerField(db_default=FORM)

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        db_table = "assets_search"
        indexes = [
            models.Index(fields=["organization", "-created_at", "-asset"], name="assets_search_list"),
            GinIndex(fields=["words"], name="assets_search_words", fastupdate=False),
            models.Index(
                fields=["organization", "asset"],
                condition=models.Q(form__lt=FORM),
                name="assets_search_older",
            ),
        ]

    def __str__(self) -> str:
        return str(self.asset_id)


class LexiconEntry(models.Model):
    """A word that some asset of the organisation is found by, under one of its `cuts`: see `assets.search.typos`."""

    pk = models.CompositePrimaryKey("organization_id", "cut", "word")
    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    cut = models.TextField()
    word = models.TextField()

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        db_table = "assets_lexicon"

    def __str__(self) -> str:
        return self.word
