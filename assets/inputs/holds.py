"""What the endpoints of holds take and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from dam.core.web.parsing import Input

MAX_REASON = 2000


class HoldInput(Input):
    on = serializers.BooleanField()
    reason = serializers.CharField(required=False, allow_blank=True, max_length=MAX_REASON)


class HoldOutput(serializers.Serializer[Any]):
    """A place's hold: `on` is its own, `held` also by what it is part of or holds.

    Of its `masters`, `stored` are under a hold of the file storage now; `job` brings the rest in line.
    """

    on = serializers.BooleanField()
    held = serializers.BooleanField()
    reason = serializers.CharField()
    set_by = serializers.UUIDField(allow_null=True)
    set_at = serializers.DateTimeField(allow_null=True)
    masters = serializers.IntegerField()
    stored = serializers.IntegerField()
    job = serializers.UUIDField(allow_null=True)
