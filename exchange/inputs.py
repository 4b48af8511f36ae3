"""What the endpoints of the room take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from rest_framework import serializers

from assets.inputs.assets import AssetsQuery
from exchange.export.formats import FORMATS


class ExportQuery(AssetsQuery):
    """The list's own filters and order; all that matches is exported, so nothing cuts a page."""

    limit = cursor = offset = count = include = None  # type: ignore[assignment]  # how DRF takes fields away
    format = serializers.ChoiceField(choices=list(FORMATS))
