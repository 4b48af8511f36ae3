"""What the endpoint of folders takes and answers."""

from __future__ import annotations

import unicodedata
from typing import Any

from rest_framework import serializers

from dam.core.web.api import ListQuery
from dam.core.web.outputs import CountOutput

LONGEST_PATH = 1024


class PathField(serializers.CharField):
    """A folder: names joined by slashes; slashes at its ends do not count."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_PATH, allow_blank=True, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        return unicodedata.normalize("NFC", super().to_internal_value(data)).strip("/")


class FoldersQuery(ListQuery):
    project = serializers.UUIDField()
    path = PathField(required=False, default="")


class FolderOutput(serializers.Serializer[Any]):
    """`asset_count` counts everything below too, `direct_count` what lies in the folder itself."""

    path = serializers.CharField()
    name = serializers.CharField()
    asset_count = serializers.IntegerField()
    direct_count = serializers.IntegerField()
    has_folders = serializers.BooleanField()


class FoldersOutput(serializers.Serializer[Any]):
    """The folders one level below `path`; `direct_count` is what lies in it itself."""

    results = FolderOutput(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    count = CountOutput(required=False)
    path = serializers.CharField(allow_blank=True)
    direct_count = serializers.IntegerField()
