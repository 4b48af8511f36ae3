"""What the room's endpoint takes and answers, for validation and for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dam.core.web.api import ListQuery


class ActivitiesQuery(ListQuery):
    project = serializers.UUIDField(required=False)
    asset = serializers.UUIDField(required=False)
    actor = serializers.UUIDField(required=False)
    verb = serializers.CharField(required=False, max_length=64)


class ActorOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["user", "guest", "system"])


class TargetOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.UUIDField()


class ActivityOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    verb = serializers.CharField()
    actor = ActorOutput()
    target = TargetOutput()
    project = serializers.UUIDField(allow_null=True)
    asset = serializers.UUIDField(allow_null=True)
    version = serializers.UUIDField(allow_null=True)
    share = serializers.UUIDField(allow_null=True)
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)
    ip = serializers.CharField()
    user_agent = serializers.CharField()
    request_id = serializers.CharField()
    operation = serializers.UUIDField(allow_null=True)
    at = serializers.DateTimeField()
