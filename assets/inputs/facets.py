"""What the endpoint of facets takes and answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets.inputs.assets import FiltersQuery


class FacetsQuery(FiltersQuery):
    """The filters of the list, the facets' names, and how many values of each are told."""

    cursor = count = None  # type: ignore[assignment]  # how DRF takes fields away
    facets = serializers.CharField(default="kind,tag", max_length=2000)


class ValueOutput(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField()
    label = serializers.CharField(required=False, allow_null=True)  # type: ignore[assignment]  # the word for it


class FacetOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    exact = serializers.BooleanField()
    values = ValueOutput(many=True)


class FacetsOutput(serializers.Serializer[Any]):
    facets = FacetOutput(many=True)
