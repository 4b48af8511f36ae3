"""What the endpoint of tags takes and answers."""

from __future__ import annotations

import unicodedata
from typing import Any

from rest_framework import serializers

from assets import metadata
from dam.core.web.api import ListQuery


class PrefixField(serializers.CharField):
    """What a tag begins with, whatever its case."""

    def to_internal_value(self, data: Any) -> str:
        return unicodedata.normalize("NFC", super().to_internal_value(data))


class TagsQuery(ListQuery):
    project = serializers.UUIDField(required=False)
    q = PrefixField(required=False, default="", allow_blank=True, max_length=metadata.MAX_TAG)
    sort = serializers.ChoiceField(choices=["name", "-name"], default="name")


class TagOutput(serializers.Serializer[Any]):
    """A tag, and how many assets that the caller sees carry it."""

    name = serializers.CharField()
    count = serializers.IntegerField()
