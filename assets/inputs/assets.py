"""What the endpoints of assets take and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets import metadata
from assets.inputs.stacks import CurrentVersionOutput, VersionOutput
from assets.inputs.words import (
    FIELD,
    KINDS,
    MAX_OFFSET,
    MAX_Q,
    FieldsField,
    TagsField,
    TitleField,
)
from assets.queries import SORTS
from dam.core.web.api import ListQuery, NoQuery
from dam.core.web.parsing import Input, QueryValues


class AssetsQuery(ListQuery):
    project = serializers.UUIDField(required=False)
    client = serializers.UUIDField(required=False)
    q = serializers.CharField(required=False, allow_blank=True, max_length=MAX_Q)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    tag = serializers.CharField(required=False, max_length=metadata.MAX_TAG)
    collection = serializers.UUIDField(required=False)
    created_after = serializers.DateTimeField(required=False)
    sort = serializers.ChoiceField(choices=list(SORTS), default="-created_at")
    offset = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, required=False)
    include = serializers.ChoiceField(choices=["thumbnail"], required=False)
    trashed = serializers.BooleanField(default=False)

    def to_internal_value(self, data: Any) -> Any:
        """Set aside what is asked of custom fields, `field.KEY…`: the organisation says which there are."""
        asked = {name: value for name, value in data.items() if name.startswith(FIELD)}
        plain = QueryValues({name: value for name, value in data.items() if name not in asked})
        values = super().to_internal_value(plain)
        return values | {"fields": {name.removeprefix(FIELD): value for name, value in asked.items()}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "offset" in attrs and "cursor" in attrs:
            raise serializers.ValidationError({"offset": ["Give offset or cursor, not both."]})
        return attrs


class OneAssetQuery(NoQuery):
    include = serializers.ChoiceField(choices=["thumbnail"], required=False)


class DeleteQuery(NoQuery):
    purge = serializers.BooleanField(default=False)


class AssetChange(Input):
    title = TitleField()
    tags = TagsField()
    fields = FieldsField()  # type: ignore[assignment]  # the contract's name; DRF keeps declared fields apart


class StoryboardOutput(serializers.Serializer[Any]):
    vtt = serializers.URLField()
    image = serializers.URLField()


class AssetOutput(serializers.Serializer[Any]):
    """A row of a list; `thumbnail` and `storyboard` with `include=thumbnail` only, no `fields` for guests.

    Rows of the trash tell when they came there, and when they are purged by themselves: never while they are `held`.
    """

    id = serializers.UUIDField()
    project = serializers.UUIDField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    tags = serializers.ListField(child=serializers.CharField())
    fields = serializers.DictField(required=False)  # type: ignore[assignment]  # as above
    size = serializers.IntegerField()
    duration = serializers.FloatField(allow_null=True)
    version_count = serializers.IntegerField()
    comment_count = serializers.IntegerField()
    current_version = CurrentVersionOutput(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    trashed_at = serializers.DateTimeField(required=False)
    purge_at = serializers.DateTimeField(allow_null=True, required=False)
    held = serializers.BooleanField(required=False)
    thumbnail = serializers.URLField(allow_null=True, required=False)
    storyboard = StoryboardOutput(allow_null=True, required=False)


class AssetDetailOutput(AssetOutput):
    versions = VersionOutput(many=True)
    shares = serializers.ListField(child=serializers.DictField())
