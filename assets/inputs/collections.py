"""What the endpoints of collections take and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets.inputs.words import (
    MAX_ITEMS,
    TitleField,
)
from dam.core.web.api import ListQuery
from dam.core.web.parsing import Input


class CollectionsQuery(ListQuery):
    project = serializers.UUIDField(required=False)


class CollectionInput(Input):
    project = serializers.UUIDField()
    name = TitleField()
    parent = serializers.UUIDField(required=False, allow_null=True)  # type: ignore[assignment]  # as above


class CollectionChange(Input):
    name = TitleField()
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # as above


class ItemsInput(Input):
    add = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MAX_ITEMS
    )
    remove = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MAX_ITEMS
    )


class CollectionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    project = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["manual", "smart"])
    query = serializers.DictField(allow_null=True)
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # as above
    asset_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
