"""What a delete costs, as the endpoint answers it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class PriceOutput(serializers.Serializer[Any]):
    """`per_tb_month`: for 10^12 bytes in 30 days."""

    per_tb_month = serializers.FloatField()
    minimum_days = serializers.IntegerField()


class MasterCostOutput(serializers.Serializer[Any]):
    """Bytes of the asset; `shared` ones stay, since another asset has them too."""

    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    shared = serializers.BooleanField()
    stored_at = serializers.DateTimeField()
    minimum_until = serializers.DateTimeField()
    locked_until = serializers.DateTimeField(allow_null=True)
    free_from = serializers.DateTimeField()
    cost = serializers.FloatField()


class DeleteCostOutput(serializers.Serializer[Any]):
    """What a purge now would still cost; from `free_from` on nothing, null where no bytes would go."""

    currency = serializers.CharField()
    now = serializers.FloatField()
    free_from = serializers.DateTimeField(allow_null=True)
    held = serializers.BooleanField()
    bytes = serializers.IntegerField()
    price = PriceOutput()
    masters = MasterCostOutput(many=True)
