"""What the room's endpoints take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from comments.annotations import fault_in
from dam.core.web.parsing import Input

MAX_BODY = 10_000
MAX_NOTE = 2000
MAX_MENTIONS = 100
MAX_NUMBER = 2**53 - 1
MAX_PAGE = 1_000_000


def _count(*, least: int = 0, most: int = MAX_NUMBER) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=least, max_value=most, required=False, allow_null=True)


class AnnotationField(serializers.JSONField):
    """A drawing, checked shape by shape."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse the first fault by its path below the field."""
        fault = fault_in(data)
        if fault is None:
            return data
        nested: Any = [fault.message]
        for part in reversed(fault.path.split(".") if fault.path else []):
            nested = {part: nested}
        raise serializers.ValidationError(nested)


class _CommentFields(Input):
    body = serializers.CharField(max_length=MAX_BODY)
    frame_in = _count()
    frame_out = _count(least=1)
    time_in_ms = _count()
    time_out_ms = _count(least=1)
    page = _count(least=1, most=MAX_PAGE)
    annotation = AnnotationField(required=False, allow_null=True)
    internal = serializers.BooleanField(required=False)
    mentions = serializers.ListField(child=serializers.UUIDField(), max_length=MAX_MENTIONS, required=False)


class CommentInput(_CommentFields):
    parent = serializers.UUIDField(  # type: ignore[assignment]  # a declared field never becomes an attribute
        required=False, allow_null=True
    )


class CommentChange(_CommentFields):
    resolved = serializers.BooleanField(required=False)


class ApprovalInput(Input):
    state = serializers.ChoiceField(choices=["approved", "changes_requested"])
    note = serializers.CharField(max_length=MAX_NOTE, required=False, allow_blank=True)


class ExportQuery(Input):
    org = serializers.UUIDField(required=False)
    format = serializers.ChoiceField(choices=["csv", "json"])


class AuthorOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["user", "guest"])


class CommentOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.UUIDField()
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # as above
    author = AuthorOutput()
    body = serializers.CharField()
    frame_in = serializers.IntegerField(allow_null=True)
    frame_out = serializers.IntegerField(allow_null=True)
    time_in_ms = serializers.IntegerField(allow_null=True)
    time_out_ms = serializers.IntegerField(allow_null=True)
    page = serializers.IntegerField(allow_null=True)
    timecode = serializers.CharField(allow_null=True)
    annotation = serializers.JSONField(allow_null=True)
    internal = serializers.BooleanField()
    resolved = serializers.BooleanField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    resolved_by = AuthorOutput(allow_null=True)
    mentions = serializers.ListField(child=serializers.UUIDField())
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class ApprovalOutput(serializers.Serializer[Any]):
    """What one reviewer decided of a version; `void` while the asset shows another version."""

    id = serializers.UUIDField()
    version = serializers.UUIDField()
    sha256 = serializers.CharField()
    reviewer = AuthorOutput()
    state = serializers.ChoiceField(choices=["approved", "changes_requested"])
    note = serializers.CharField(allow_blank=True)
    void = serializers.BooleanField()
    decided_at = serializers.DateTimeField()
