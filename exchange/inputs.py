"""What the endpoints of the room take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets.inputs.assets import AssetsQuery
from assets.inputs.words import NoInput
from dam.core.web.parsing import Input
from exchange.export.formats import formats
from exchange.export.places import ENDINGS, MOST_TEMPLATE
from exchange.metadata.columns import KEYS
from exchange.metadata.reading import ENCODINGS
from exchange.metadata.sidecars import KINDS
from orgs.inputs import NameField

__all__ = [
    "ExportQuery",
    "ImportInput",
    "MirrorChange",
    "MirrorInput",
    "MirrorOutput",
    "NoInput",
    "SidecarInput",
]


class FormatField(serializers.ChoiceField):
    """A format of exports, those of plug-ins too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=list(formats()), **options)


class ExportQuery(AssetsQuery):
    """The list's own filters and order; all that matches is exported, so nothing cuts a page."""

    limit = cursor = offset = count = include = None  # type: ignore[assignment]  # how DRF takes fields away
    format = FormatField()


class ImportInput(Input):
    upload = serializers.UUIDField()
    format = serializers.ChoiceField(choices=["csv", "json", "jsonl"])
    dry_run = serializers.BooleanField(default=False)
    encoding = serializers.ChoiceField(choices=list(ENCODINGS), required=False, allow_null=True)
    match = serializers.ChoiceField(choices=list(KEYS), required=False, allow_null=True)
    clear_empty = serializers.BooleanField(default=False)
    project = serializers.UUIDField(required=False, allow_null=True)


class SidecarInput(Input):
    upload = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=list(KINDS), required=False, allow_null=True)


class MirrorChange(Input):
    name = NameField()
    template = serializers.CharField(max_length=MOST_TEMPLATE)
    content = serializers.ChoiceField(choices=list(ENDINGS))
    project = serializers.UUIDField(allow_null=True)
    is_on = serializers.BooleanField()


class MirrorInput(Input):
    org = serializers.UUIDField(required=False)
    name = NameField()
    template = serializers.CharField(max_length=MOST_TEMPLATE)
    content = serializers.ChoiceField(choices=list(ENDINGS), default="link")
    root = serializers.CharField(max_length=64, required=False, allow_null=True)  # type: ignore[assignment]  # DRF's
    project = serializers.UUIDField(required=False, allow_null=True)
    is_on = serializers.BooleanField(default=True)


class MirrorPreviewInput(Input):
    """What decides where things lie in a mirror."""

    org = serializers.UUIDField(required=False)
    template = serializers.CharField(max_length=MOST_TEMPLATE)
    content = serializers.ChoiceField(choices=list(ENDINGS), default="link")
    project = serializers.UUIDField(required=False, allow_null=True)


class PlaceOutput(serializers.Serializer[Any]):
    asset = serializers.UUIDField()
    title = serializers.CharField()
    path = serializers.CharField()


class MirrorPreviewOutput(serializers.Serializer[Any]):
    """Where the newest assets would lie."""

    places = PlaceOutput(many=True)


class MirrorOutput(serializers.Serializer[Any]):
    """A mirror; `root` is the name of an allowed directory, null where it lies in the docs bucket."""

    id = serializers.UUIDField()
    organization = serializers.UUIDField()
    project = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    template = serializers.CharField()
    content = serializers.ChoiceField(choices=list(ENDINGS))
    root = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # DRF's
    is_on = serializers.BooleanField()
    job = serializers.UUIDField(allow_null=True)
    built_at = serializers.DateTimeField(allow_null=True)
    fault = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
