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

#: As many as a body may name at all.
MOST_ORDERED = 10_000


class CollectionsQuery(ListQuery):
    project = serializers.UUIDField(required=False)


class CollectionInput(Input):
    """A new collection; one with a `query` is smart and says so itself, `kind` may repeat it."""

    project = serializers.UUIDField()
    name = TitleField()
    parent = serializers.UUIDField(required=False, allow_null=True)  # type: ignore[assignment]  # as above
    kind = serializers.ChoiceField(choices=["manual", "smart"], required=False)
    query = serializers.DictField(child=serializers.JSONField(), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_smart = "query" in attrs
        if "kind" in attrs and (attrs["kind"] == "smart") != is_smart:
            raise serializers.ValidationError({"query": ["A smart collection has a query, and no other."]})
        return attrs


class CollectionChange(Input):
    name = TitleField()
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # as above
    query = serializers.DictField(child=serializers.JSONField())


class ItemsInput(Input):
    """What comes and goes; what is named in `order`, else in `add`, goes `before` an asset, or with null to the end.

    Without `before`, what is named in `order` comes first, in that order.
    """

    add = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MAX_ITEMS
    )
    remove = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MAX_ITEMS
    )
    order = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST_ORDERED)
    before = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "before" in attrs and not (attrs.get("order") or attrs["add"]):
            raise serializers.ValidationError({"order": ["Say what goes before it."]})
        return attrs


class CollectionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    project = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["manual", "smart"])
    query = serializers.DictField(allow_null=True)
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # as above
    asset_count = serializers.IntegerField()
    asset_count_exact = serializers.BooleanField()
    fault = serializers.CharField(required=False)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
