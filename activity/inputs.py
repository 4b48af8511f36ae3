"""What the room's endpoint takes and answers, for validation and for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dam.core.web.api import ListQuery


class ActivitiesQuery(ListQuery):
    project = serializers.UUIDField(required=False)
    asset = serializers.UUIDField(required=False)
    version = serializers.UUIDField(required=False)
    actor = serializers.UUIDField(required=False)
    person = serializers.UUIDField(required=False)
    operation = serializers.UUIDField(required=False)
    verb = serializers.CharField(required=False, max_length=64)
    after = serializers.DateTimeField(required=False)
    before = serializers.DateTimeField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "person" in attrs and attrs.setdefault("actor", attrs["person"]) != attrs["person"]:
            raise serializers.ValidationError({"person": ["Give actor or person, not both."]})
        return attrs


class ActorOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["user", "guest", "system"])


class TargetOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.UUIDField()
    name = serializers.CharField(
        allow_null=True,
        help_text="What it is called today: an asset's title, also for what belongs to one, or a collection's name.",
    )


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
