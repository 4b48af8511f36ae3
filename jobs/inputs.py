"""What the room's endpoints take and answer, for validation and for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dam.core.web.api import ListQuery
from dam.core.web.parsing import Input

STATES = ("queued", "running", "succeeded", "failed", "cancelled")


class JobsQuery(ListQuery):
    project = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=STATES, required=False)


class NoInput(Input):
    """An action without a body."""


class RenditionOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    progress = serializers.FloatField(min_value=0, max_value=1)


class JobOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    organization = serializers.UUIDField()
    project = serializers.UUIDField(allow_null=True)
    version = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(choices=STATES)
    progress = serializers.FloatField(min_value=0, max_value=1)
    attempts = serializers.IntegerField()
    error = serializers.DictField(allow_null=True, help_text="A problem document (RFC 9457).")
    result = serializers.DictField(allow_null=True)
    renditions = RenditionOutput(many=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
