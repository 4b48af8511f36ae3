"""What the room's endpoints take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from assets.inputs.words import FieldsField, TagsField, TitleField
from dam.core import names
from dam.core.web.api import ListQuery, NoQuery
from dam.core.web.outputs import CountOutput
from dam.core.web.parsing import CamelInput, Input
from ingest import metadata
from ingest.multipart import MOST_BYTES, MOST_PARTS
from ingest.states import State

MOST_SIGNED = 100
USUAL_DAYS, MOST_DAYS = 30, 1100


class ExactText(serializers.CharField):
    """Text as it was sent, never a number turned into one; `clean` may refuse it with a `ValueError`."""

    def __init__(self, *, clean: Callable[[str], str] = str, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)
        self.clean = clean

    def to_internal_value(self, data: Any) -> str:
        """Return the cleaned text."""
        if not isinstance(data, str):
            raise serializers.ValidationError("Must be a text.")
        try:
            return self.clean(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None

    def run_validation(self, data: Any = serializers.empty) -> str:
        """Let `clean` speak for empty text too."""
        return self.to_internal_value("") if data == "" else super().run_validation(data)


class WholeNumber(serializers.IntegerField):
    """An integer, and nothing that could be read as one."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError("Must be a whole number.")
        return super().to_internal_value(data)


class PresignInput(CamelInput):
    project = serializers.UUIDField()
    name = ExactText(clean=names.clean_file_name)
    size = WholeNumber(
        min_value=1,
        max_value=MOST_BYTES,
        error_messages={
            "min_value": "A file has at least one byte.",
            "max_value": "A file has at most 5 TiB.",
        },
    )
    type = ExactText(clean=metadata.clean_type)
    sha256 = ExactText(clean=metadata.clean_digest, required=False, allow_null=True)
    folder = ExactText(clean=metadata.clean_folder, required=False, default="")
    asset = serializers.UUIDField(required=False, allow_null=True)


class NumbersInput(Input):
    numbers = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=MOST_PARTS), min_length=1, max_length=MOST_SIGNED
    )

    def to_internal_value(self, data: Any) -> Any:
        """Name the list as the field at fault, whichever of its numbers it is."""
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            detail = error.detail
            if isinstance(detail, dict) and isinstance(detail.get("numbers"), dict):
                words = f"Give 1 to {MOST_SIGNED} whole numbers of parts."
                raise serializers.ValidationError({"numbers": [words]}) from None
            raise

    def validate_numbers(self, value: list[int]) -> list[int]:
        """Refuse a number that is given twice."""
        if len(set(value)) != len(value):
            raise serializers.ValidationError("A number is given twice.")
        return value


class ClaimedPartInput(Input):
    number = WholeNumber(min_value=1, max_value=MOST_PARTS)
    etag = serializers.CharField(max_length=256)


class CompleteInput(Input):
    parts = ClaimedPartInput(many=True)

    def validate_parts(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse a number that is given twice."""
        if len({each["number"] for each in value}) != len(value):
            raise serializers.ValidationError("A number is given twice.")
        return value


class MappingInput(CamelInput):
    project = serializers.UUIDField()
    title = TitleField(required=False, allow_null=True)
    asset = serializers.UUIDField(required=False, allow_null=True)
    collection = serializers.UUIDField(required=False, allow_null=True)
    fields = FieldsField(required=False)  # type: ignore[assignment]  # the contract's name; read by the metaclass
    tags = TagsField(required=False)


class PromoteInput(CamelInput):
    staging_key = ExactText(max_length=1024)
    mapping = MappingInput()
    sha256 = ExactText(clean=metadata.clean_digest)


class OpenedOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=State.values)
    staging_key = serializers.CharField()
    part_size = serializers.IntegerField(help_text="Bytes of every part but the last.")
    part_count = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class SignedPartOutput(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    size = serializers.IntegerField(help_text="The exact Content-Length that the URL takes, in bytes.")
    url = serializers.URLField()


class SignedPartsOutput(serializers.Serializer[Any]):
    parts = SignedPartOutput(many=True)


class PresignOutput(SignedPartsOutput):
    upload = OpenedOutput()


class ReceivedPartOutput(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    size = serializers.IntegerField()
    etag = serializers.CharField()


class UploadOutput(OpenedOutput):
    received = ReceivedPartOutput(many=True)
    project = serializers.UUIDField()
    asset = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    folder = serializers.CharField()
    size = serializers.IntegerField()
    type = serializers.CharField()
    sha256 = serializers.CharField(allow_null=True)
    job = serializers.UUIDField(allow_null=True)
    version = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


class _DaysQuery(serializers.Serializer[Any]):
    """Days are in UTC, both included: the last 30 unless named."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own.
        days = {name: serializers.DateField(required=False) for name in ("from", "to")}
        return {**super().get_fields(), **days}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the period, and refuse one that ends before it begins or is too long."""
        last = attrs.setdefault("to", timezone.now().date())
        first = attrs.setdefault("from", max(last, date(1, 2, 1)) - timedelta(days=USUAL_DAYS - 1))
        if first > last:
            raise serializers.ValidationError({"to": ["Must not be before `from`."]})
        if last - first >= timedelta(days=MOST_DAYS) or last == date.max:
            raise serializers.ValidationError({"from": [f"Ask for {MOST_DAYS} days at most."]})
        return attrs


class TransfersQuery(_DaysQuery, NoQuery):
    """Days are in UTC, both included: the last 30 unless named."""

    project = serializers.UUIDField(required=False)
    by = serializers.ChoiceField(choices=["day", "month"], default="day")


class LedgerQuery(_DaysQuery, ListQuery):
    """Days are in UTC, both included: the last 30 unless named. A table (`csv`) has all lines."""

    group = serializers.ChoiceField(choices=["organization", "client", "project"], default="project")
    format = serializers.ChoiceField(choices=["json", "csv"], default="json")


class NamedOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField(allow_null=True)


class LedgerLineOutput(serializers.Serializer[Any]):
    """One day of a project, of a client's projects, or of all; null is what belongs to none.

    `cost` is that of the day, `remainder` what deleting all of it then would still have cost, both in `currency`;
    `price` is for 10^12 bytes in 30 days.
    """

    day = serializers.DateField()
    project = NamedOutput(allow_null=True)
    client = NamedOutput(allow_null=True)
    masters = serializers.IntegerField()
    master_bytes = serializers.IntegerField()
    preview_bytes = serializers.IntegerField()
    cost = serializers.FloatField()
    remainder = serializers.FloatField()
    price = serializers.FloatField()
    currency = serializers.CharField()


class LedgerTotalOutput(serializers.Serializer[Any]):
    """What all of the days cost, and how many of them have lines."""

    cost = serializers.FloatField()
    days = serializers.IntegerField()


class LedgerOutput(serializers.Serializer[Any]):
    """A page of the ledger, the newest day first."""

    results = LedgerLineOutput(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    count = CountOutput(required=False)
    total = LedgerTotalOutput()


class TransferSumsOutput(serializers.Serializer[Any]):
    """Sums; what the edges sent is known of a whole organisation alone, so null to who administers projects only."""

    uploads = serializers.IntegerField()
    uploaded_bytes = serializers.IntegerField()
    downloads = serializers.IntegerField()
    downloaded_bytes = serializers.IntegerField()
    purges = serializers.IntegerField()
    purged_bytes = serializers.IntegerField()
    egress_requests = serializers.IntegerField(allow_null=True)
    egress_bytes = serializers.IntegerField(allow_null=True)
    origin_bytes = serializers.IntegerField(allow_null=True)


class TransferOutput(TransferSumsOutput):
    """A day, or a month by its first day, in which anything went in or out."""

    period = serializers.DateField()


class TransfersOutput(serializers.Serializer[Any]):
    """The days or months in which anything went in or out, the newest first, and all of them together."""

    periods = TransferOutput(many=True)
    total = TransferSumsOutput()
