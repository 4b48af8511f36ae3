"""What the endpoints of assets take and answer."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rest_framework import serializers

from assets import conditions, metadata
from assets.inputs.stacks import ApprovalStateOutput, CurrentVersionOutput, VersionOutput
from assets.inputs.words import (
    FIELD,
    KINDS,
    MAX_OFFSET,
    FieldsField,
    TagsField,
    TitleField,
)
from assets.queries import LIST_SORTS
from dam.core.web.api import ListQuery, NoQuery
from dam.core.web.outputs import page_of
from dam.core.web.parsing import Input, QueryValues

#: What rows of a list show besides, where it is asked for.
INCLUDED = ("thumbnail", "highlights")


class SortField(serializers.CharField):
    """One of the orders of a list, or a custom field, `field.KEY`; a minus before it turns it round."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        key = text.removeprefix("-")
        if key not in LIST_SORTS and not (key.startswith(FIELD) and len(key) > len(FIELD)):
            raise serializers.ValidationError("There is nothing of this name to sort by.")
        return text


class IncludeField(serializers.CharField):
    """What rows show besides, one or more with commas between them: `thumbnail`, `highlights`."""

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]  # one text holds several names
        named = super().to_internal_value(data).split(",")
        if not set(named) <= set(INCLUDED):
            raise serializers.ValidationError(f"Must be of {', '.join(INCLUDED)}.")
        return list(dict.fromkeys(named))


class FiltersQuery(ListQuery):
    """The filters of asset lists; `KEY__not`, `KEY__in`, `KEY__gte` and their like, and `field.KEY`, stand for more."""

    project = serializers.UUIDField(required=False)
    client = serializers.UUIDField(required=False)
    q = serializers.CharField(required=False, allow_blank=True, max_length=conditions.MAX_Q)
    meant = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    kind = serializers.CharField(required=False)
    tag = serializers.CharField(required=False, max_length=metadata.MAX_TAG)
    codec = serializers.CharField(required=False)
    fps = serializers.CharField(required=False)
    resolution = serializers.CharField(required=False)
    width = serializers.CharField(required=False)
    height = serializers.CharField(required=False)
    duration = serializers.CharField(required=False)
    size = serializers.CharField(required=False)
    versions = serializers.CharField(required=False)
    person = serializers.CharField(required=False)
    collection = serializers.UUIDField(required=False)
    folder = serializers.CharField(required=False)
    shoot = serializers.CharField(required=False)
    approval = serializers.CharField(required=False)
    created = serializers.CharField(required=False)
    created_after = serializers.CharField(required=False)
    created_before = serializers.CharField(required=False)
    updated = serializers.CharField(required=False)
    captured = serializers.CharField(required=False)
    captured_after = serializers.CharField(required=False)
    captured_before = serializers.CharField(required=False)
    trashed = serializers.BooleanField(required=False)
    is_ = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Name what no attribute can be called."""
        fields = super().get_fields()
        return {name.removesuffix("_"): each for name, each in fields.items()}

    def to_internal_value(self, data: Any) -> Any:
        """Read the filters as conditions; the rest is what this list takes besides."""
        own = {name: text for name, text in data.items() if name in self.plain}
        reading = conditions.read({name: text for name, text in data.items() if name not in own})
        if reading.faults:
            raise serializers.ValidationError({name: [fault] for name, fault in reading.faults.items()})
        return super().to_internal_value(QueryValues(own)) | {"filters": reading}

    @cached_property
    def plain(self) -> frozenset[str]:
        """The parameters that are no filters."""
        return frozenset(self.fields) - frozenset(conditions.PARAMETERS)


class AssetsQuery(FiltersQuery):
    sort = SortField(default="-created_at")
    offset = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, required=False)
    include = IncludeField(required=False)

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


class HighlightOutput(serializers.Serializer[Any]):
    """A piece of a text in which words of the search stand; ranges are pairs, from and up to, in its characters."""

    text = serializers.CharField()
    ranges = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))

    def get_fields(self) -> dict[str, Any]:
        """Name what no attribute can be called: where the text stands."""
        return {"in": serializers.CharField(), **super().get_fields()}


class AssetOutput(serializers.Serializer[Any]):
    """A row of a list; `thumbnail`, `storyboard`, `highlights` where they are included, no `fields` for guests.

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
    approval = ApprovalStateOutput()
    current_version = CurrentVersionOutput(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    trashed_at = serializers.DateTimeField(required=False)
    purge_at = serializers.DateTimeField(allow_null=True, required=False)
    held = serializers.BooleanField(required=False)
    thumbnail = serializers.URLField(allow_null=True, required=False)
    storyboard = StoryboardOutput(allow_null=True, required=False)
    highlights = HighlightOutput(many=True, required=False)


class SearchOutput(serializers.Serializer[Any]):
    """What there is to tell of a search: how it was read, and what was searched for beside mistyped words."""

    notes = serializers.ListField(child=serializers.CharField(), required=False)
    corrected = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class AssetListOutput(page_of(AssetOutput)):  # type: ignore[misc]  # made of the row's shape
    search = SearchOutput(required=False)


class AssetDetailOutput(AssetOutput):
    versions = VersionOutput(many=True)
    shares = serializers.ListField(child=serializers.DictField())
