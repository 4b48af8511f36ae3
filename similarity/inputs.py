"""What the endpoints of duplicates take and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets.inputs.stacks import CurrentVersionOutput
from assets.inputs.words import KINDS
from dam.core.web.api import ListQuery
from dam.core.web.parsing import Input

PAIR_KINDS = ["exact", "near"]


class DuplicatesQuery(ListQuery):
    project = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(choices=PAIR_KINDS, required=False)


class MergeInput(Input):
    """`into`: the asset that stays; `head`: the asset whose current version becomes the head."""

    into = serializers.UUIDField(required=False, allow_null=True)
    head = serializers.UUIDField(required=False, allow_null=True)


class ComparedVersionOutput(serializers.Serializer[Any]):
    """The version of an asset that looks like one of the other's."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    type = serializers.CharField()
    duration = serializers.FloatField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    frame_rate = serializers.CharField(allow_null=True)
    codec = serializers.CharField(allow_null=True)
    container = serializers.CharField(allow_null=True)
    captured_at = serializers.DateTimeField(allow_null=True)
    camera = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class DuplicateAssetOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    project = serializers.UUIDField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    tags = serializers.ListField(child=serializers.CharField())
    folder = serializers.CharField()
    size = serializers.IntegerField()
    version_count = serializers.IntegerField()
    current_version = CurrentVersionOutput(allow_null=True)
    version = ComparedVersionOutput()
    thumbnail = serializers.URLField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class DuplicateOutput(serializers.Serializer[Any]):
    """Two assets that may be the same; `score` is 1 where the bytes are."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=PAIR_KINDS)
    score = serializers.FloatField()
    state = serializers.ChoiceField(choices=["open", "dismissed", "merged"])
    assets = DuplicateAssetOutput(many=True)
    created_at = serializers.DateTimeField()
