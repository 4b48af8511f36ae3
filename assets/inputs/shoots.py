"""What the endpoints of shoots take and answer."""

from __future__ import annotations

import math
from typing import Any

from rest_framework import serializers

from assets import metadata
from assets.inputs.words import MAX_ITEMS, CleanField, TitleField
from dam.core.web.api import ListQuery
from dam.core.web.parsing import Input


class PlaceField(CleanField):
    """A place by name: up to 300 characters, no control characters; empty where none is given."""

    clean = staticmethod(lambda text: metadata.clean_title(text) if text.strip() else "")


class FiniteField(serializers.FloatField):
    """A number that is one: infinities and what is no number compare with nothing."""

    def to_internal_value(self, data: Any) -> float:
        number = super().to_internal_value(data)
        if not math.isfinite(number):
            raise serializers.ValidationError("A valid number is required.")
        return number


def _degrees(most: int) -> FiniteField:
    return FiniteField(min_value=-most, max_value=most, required=False, allow_null=True)


#: A proposal's `id`: two moments, two ids and a position.
MAX_PROPOSAL = 400


class ShootsQuery(ListQuery):
    project = serializers.UUIDField(required=False)
    client = serializers.UUIDField(required=False)


class ProposalsQuery(ListQuery):
    """`gap` in minutes without a recording, `distance` in kilometres: what ends a shoot; `least` assets are one.

    With `dismissed` those that were dismissed are shown, and no others.
    """

    project = serializers.UUIDField()
    gap = serializers.IntegerField(min_value=1, max_value=60 * 24 * 31, default=180)
    distance = FiniteField(min_value=0.1, max_value=20_040, default=30.0)
    least = serializers.IntegerField(min_value=1, max_value=1000, default=2)
    dismissed = serializers.BooleanField(default=False)


class ShootFields(Input):
    """What people say of a shoot."""

    name = TitleField(required=False)
    date = serializers.DateField(required=False, allow_null=True)
    place = PlaceField(required=False, allow_blank=True)
    client = serializers.UUIDField(required=False, allow_null=True)
    latitude = _degrees(90)
    longitude = _degrees(180)


class ShootInput(ShootFields):
    """A new shoot: of `assets`, or of what a `proposal` holds, which also gives its name and date."""

    project = serializers.UUIDField()
    assets = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MAX_ITEMS
    )
    proposal = serializers.CharField(required=False, max_length=MAX_PROPOSAL)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "name" not in attrs and "proposal" not in attrs:
            raise serializers.ValidationError({"name": ["This field is required."]})
        return attrs


class DecidedInput(Input):
    """A proposal of a project that is dismissed, or taken back: its `id`, as it is listed."""

    project = serializers.UUIDField()
    proposal = serializers.CharField(max_length=MAX_PROPOSAL)


class ShootChange(ShootFields):
    """What changes of a shoot."""


class ShootAssetsInput(Input):
    add = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MAX_ITEMS
    )
    remove = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=MAX_ITEMS
    )


class ShootOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    project = serializers.UUIDField()
    client = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    date = serializers.DateField(allow_null=True)
    place = serializers.CharField(allow_blank=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    asset_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProposalOutput(serializers.Serializer[Any]):
    """What may be a shoot; its `id` is what `POST /api/shoots` takes as `proposal`."""

    id = serializers.CharField()
    name = serializers.CharField()
    date = serializers.DateField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    captured_from = serializers.DateTimeField()
    captured_to = serializers.DateTimeField()
    asset_count = serializers.IntegerField()
    covers = serializers.ListField(child=serializers.UUIDField())


class DecidedOutput(serializers.Serializer[Any]):
    """How many assets of a proposal are dismissed now, or proposed again."""

    asset_count = serializers.IntegerField()
