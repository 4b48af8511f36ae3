"""Words that many of the room's endpoints take: titles, tags, digests, fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from assets import metadata
from dam.core.web.parsing import Input

KINDS = ["video", "audio", "image", "document", "other"]
STATES = ["none", "building", "partial", "ready", "failed"]
FIELD = "field."
MAX_OFFSET, MAX_ITEMS = 10_000_000, 1000


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


class NoInput(Input):
    """An action without a body."""
