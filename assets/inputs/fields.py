"""What the endpoints of custom fields take and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets import fieldtypes
from assets.fieldpresets import PRESETS
from assets.inputs.words import (
    TitleField,
)
from dam.core.web.api import ListQuery, NoQuery
from dam.core.web.parsing import Input


class FieldsQuery(ListQuery):
    project = serializers.UUIDField(required=False)


class FieldDeletion(NoQuery):
    force = serializers.BooleanField(default=False)


class FieldWords(Input):
    """What a definition says; what fits together is judged by `assets.services`."""

    name = TitleField(max_length=fieldtypes.MAX_NAME)
    type = serializers.ChoiceField(choices=fieldtypes.TYPES)
    choices = serializers.ListField(child=serializers.CharField(), required=False)
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]  # the contract's name
    default = serializers.JSONField(required=False, allow_null=True)
    help = serializers.CharField(required=False, allow_blank=True, max_length=fieldtypes.MAX_HELP)
    order = serializers.IntegerField(required=False, min_value=-(2**31), max_value=2**31 - 1)
    projects = serializers.ListField(child=serializers.UUIDField(), required=False, allow_null=True)


class FieldInput(FieldWords):
    org = serializers.UUIDField(required=False)
    key = serializers.CharField(required=False, max_length=fieldtypes.MAX_KEY)


class FieldChange(FieldWords):
    """A change; `migrate` carries out what would rewrite or lose values, `dry_run` only tells of it."""

    migrate = serializers.BooleanField(required=False)
    dry_run = serializers.BooleanField(required=False)


class PresetInput(Input):
    org = serializers.UUIDField(required=False)
    preset = serializers.ChoiceField(choices=list(PRESETS))


class EffectOutput(serializers.Serializer[Any]):
    assets = serializers.IntegerField()
    kept = serializers.IntegerField()
    converted = serializers.IntegerField()
    lost = serializers.IntegerField()
    lost_values = serializers.ListField(child=serializers.CharField())


class FieldOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=fieldtypes.TYPES)
    choices = serializers.ListField(child=serializers.CharField())
    required = serializers.BooleanField()  # type: ignore[assignment]  # the contract's name
    default = serializers.JSONField(allow_null=True)
    help = serializers.CharField()
    order = serializers.IntegerField()
    projects = serializers.ListField(child=serializers.UUIDField(), allow_null=True)


class ChangedFieldOutput(FieldOutput):
    effect = EffectOutput()
