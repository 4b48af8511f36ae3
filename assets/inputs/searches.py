"""What the endpoints of saved searches take and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets.inputs.words import TitleField
from dam.core.web.parsing import Input


class SearchWords(Input):
    name = TitleField()
    query = serializers.DictField(child=serializers.JSONField())


class SearchInput(SearchWords):
    org = serializers.UUIDField(required=False)
    shared = serializers.BooleanField(default=False)


class SearchChange(SearchWords):
    shared = serializers.BooleanField()


class SavedSearchOutput(serializers.Serializer[Any]):
    """A saved search; `faults` tells by parameter what of it can no longer be asked."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    query = serializers.DictField()
    shared = serializers.BooleanField()
    owner = serializers.UUIDField()
    faults = serializers.DictField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
