"""Shapes that every room's answers share, for the OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import Any

from rest_framework import serializers


class CountOutput(serializers.Serializer[Any]):
    """A total, and whether it is exact."""

    value = serializers.IntegerField()
    exact = serializers.BooleanField()


@cache
def page_of(row: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """Return the list document around a row's shape."""
    name = row.__name__.removesuffix("Output")
    fields = {
        "results": row(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "count": CountOutput(required=False),
    }
    return type(f"{name}PageOutput", (serializers.Serializer,), {"__module__": row.__module__, **fields})


@cache
def all_of(row: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """Return the document around a few rows that are never more than one page."""
    name = row.__name__.removesuffix("Output")
    fields = {"results": row(many=True)}
    return type(f"All{name}Output", (serializers.Serializer,), {"__module__": row.__module__, **fields})
