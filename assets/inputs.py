"""What the room's endpoints take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from assets import fieldtypes, metadata
from assets.queries import SORTS
from dam.core.web.api import ListQuery, NoQuery
from dam.core.web.parsing import Input, QueryValues

KINDS = ["video", "audio", "image", "document", "other"]
STATES = ["none", "building", "partial", "ready", "failed"]
FIELD = "field."
MAX_OFFSET, MAX_Q, MAX_ITEMS = 10_000_000, 300, 1000


class CleanField(serializers.CharField):
    """Text that a pure function cleans or refuses with a `ValueError`."""

    clean: Callable[[str], str] = staticmethod(metadata.clean_title)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return type(self).clean(text)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class TitleField(CleanField):
    """A title: 1 to 300 characters, no control characters."""


class DigestField(serializers.CharField):
    """A SHA-256 as 64 lower-case hexadecimal characters."""

    def __init__(self, **options: Any) -> None:
        words = "Must be a SHA-256 as 64 lower-case hexadecimal characters."
        super().__init__(validators=[RegexValidator(r"\A[0-9a-f]{64}\Z", words)], **options)


class TagsField(serializers.ListField):
    """Tags: at most 100, each of 1 to 100 characters, repeated ones merged."""

    child = serializers.CharField(max_length=metadata.MAX_TAG)

    def to_internal_value(self, data: Any) -> list[str]:
        try:
            return metadata.clean_tags(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class FieldsField(serializers.DictField):
    """An asset's custom fields: key to value; the keys are checked against the organisation's definitions."""

    child = serializers.JSONField(allow_null=True)


# --- queries ----------------------------------------------------------------------------------------


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


class CollectionsQuery(ListQuery):
    project = serializers.UUIDField(required=False)


class FieldsQuery(ListQuery):
    project = serializers.UUIDField(required=False)


class FieldDeletion(NoQuery):
    force = serializers.BooleanField(default=False)


class OneAssetQuery(NoQuery):
    include = serializers.ChoiceField(choices=["thumbnail"], required=False)


# --- bodies -----------------------------------------------------------------------------------------


class AssetChange(Input):
    title = TitleField()
    tags = TagsField()
    fields = FieldsField()  # type: ignore[assignment]  # the contract's name; DRF keeps declared fields apart


class AttachInput(Input):
    asset = serializers.UUIDField()


class NoInput(Input):
    """An action without a body."""


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


class FieldWords(Input):
    """What a definition says; what fits together is judged by `assets.services`."""

    name = TitleField(max_length=fieldtypes.MAX_NAME)
    type = serializers.ChoiceField(choices=fieldtypes.TYPES)
    choices = serializers.ListField(child=serializers.CharField(), required=False)
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]  # the contract's name
    default = serializers.JSONField(required=False, allow_null=True)
    help = serializers.CharField(required=False, allow_blank=True, max_length=fieldtypes.MAX_HELP)
    order = serializers.IntegerField(required=False, min_value=-(2**31), max_value=2**31 - 1)
    projects = serializers.ListField(child=serializers.UUIDField(), required=False, allow_null=True)


class FieldInput(FieldWords):
    org = serializers.UUIDField(required=False)
    key = serializers.CharField(required=False, max_length=fieldtypes.MAX_KEY)


class FieldChange(FieldWords):
    """A change; `migrate` carries out what would rewrite or lose values, `dry_run` only tells of it."""

    migrate = serializers.BooleanField(required=False)
    dry_run = serializers.BooleanField(required=False)


class PresetInput(Input):
    org = serializers.UUIDField(required=False)
    preset = serializers.ChoiceField(choices=list(fieldtypes.PRESETS))


# --- answers ----------------------------------------------------------------------------------------


class CurrentVersionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    preview_state = serializers.ChoiceField(choices=STATES)


class StoryboardOutput(serializers.Serializer[Any]):
    vtt = serializers.URLField()
    image = serializers.URLField()


class AssetOutput(serializers.Serializer[Any]):
    """A row of a list; `thumbnail` and `storyboard` with `include=thumbnail` only, no `fields` for guests."""

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
    thumbnail = serializers.URLField(allow_null=True, required=False)
    storyboard = StoryboardOutput(allow_null=True, required=False)


class VersionOutput(serializers.Serializer[Any]):
    """A version; what needs a probe is null until the preview job has probed."""

    id = serializers.UUIDField()
    asset = serializers.UUIDField()
    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    duration = serializers.FloatField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    frame_rate = serializers.CharField(allow_null=True)
    frame_count = serializers.IntegerField(allow_null=True)
    start_timecode = serializers.CharField(allow_null=True)
    drop_frame = serializers.BooleanField(allow_null=True)
    first_pts = serializers.FloatField(allow_null=True)
    channels = serializers.IntegerField(allow_null=True)
    color = serializers.DictField(allow_null=True)
    meta = serializers.DictField(allow_null=True)
    captured_at = serializers.DateTimeField(allow_null=True)
    camera = serializers.CharField(allow_null=True)
    lens = serializers.CharField(allow_null=True)
    codec = serializers.CharField(allow_null=True)
    audio_codec = serializers.CharField(allow_null=True)
    container = serializers.CharField(allow_null=True)
    color_space = serializers.CharField(allow_null=True)
    hdr = serializers.BooleanField(allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    loudness = serializers.FloatField(allow_null=True)
    page_count = serializers.IntegerField(allow_null=True)
    package = serializers.CharField(allow_null=True)
    preview_state = serializers.ChoiceField(choices=STATES)
    locked_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class AssetDetailOutput(AssetOutput):
    versions = VersionOutput(many=True)
    shares = serializers.ListField(child=serializers.DictField())


class SidecarOutput(serializers.Serializer[Any]):
    """A file beside a version; `source_version` is the one whose bytes these are, where it is an asset of its own too."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    source_version = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


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


class EffectOutput(serializers.Serializer[Any]):
    assets = serializers.IntegerField()
    kept = serializers.IntegerField()
    converted = serializers.IntegerField()
    lost = serializers.IntegerField()


class FieldOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=fieldtypes.TYPES)
    choices = serializers.ListField(child=serializers.CharField())
    required = serializers.BooleanField()  # type: ignore[assignment]  # the contract's name
    default = serializers.JSONField(allow_null=True)
    help = serializers.CharField()
    order = serializers.IntegerField()
    projects = serializers.ListField(child=serializers.UUIDField(), allow_null=True)


class ChangedFieldOutput(FieldOutput):
    effect = EffectOutput()
