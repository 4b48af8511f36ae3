"""What the endpoints of the room take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from rest_framework import serializers

from assets.inputs.assets import AssetsQuery
from dam.core.web.parsing import Input
from exchange.export.formats import FORMATS
from exchange.metadata.columns import KEYS
from exchange.metadata.reading import ENCODINGS
from exchange.metadata.sidecars import KINDS


class ExportQuery(AssetsQuery):
    """The list's own filters and order; all that matches is exported, so nothing cuts a page."""

    limit = cursor = offset = count = include = None  # type: ignore[assignment]  # how DRF takes fields away
    format = serializers.ChoiceField(choices=list(FORMATS))


class ImportInput(Input):
    upload = serializers.UUIDField()
    format = serializers.ChoiceField(choices=["csv", "json", "jsonl"])
    dry_run = serializers.BooleanField(default=False)
    encoding = serializers.ChoiceField(choices=list(ENCODINGS), required=False, allow_null=True)
    match = serializers.ChoiceField(choices=list(KEYS), required=False, allow_null=True)
    clear_empty = serializers.BooleanField(default=False)
    project = serializers.UUIDField(required=False, allow_null=True)


class SidecarInput(Input):
    upload = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=list(KINDS), required=False, allow_null=True)
