"""What the room's endpoints take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.validators import RegexValidator
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assets.queries import SORTS
from dam.core.web.api import ListQuery
from dam.core.web.parsing import Input, seen
from previews.media.builds.watermark import POSITIONS
from shares import marks

MAX_NAME = 200
MAX_ASSETS = 1000
MAX_PASSWORD = 128
MOST_VIEWS = 2**31 - 1
MAX_WATERMARK = 300
_PRINTABLE = RegexValidator(r"^[^\x00-\x1f\x7f]*$", "Control characters are not allowed.")
_LINES = RegexValidator(r"^[^\x00-\x09\x0b-\x1f\x7f]*$", "Control characters are not allowed.")


class PasswordField(serializers.CharField):
    """A link's password: 1 to 128 characters, spaces counted; null for none."""

    def __init__(self) -> None:
        super().__init__(max_length=MAX_PASSWORD, trim_whitespace=False, required=False, allow_null=True)


class WatermarkInput(Input):
    text = serializers.CharField(
        max_length=MAX_WATERMARK, validators=[_LINES], required=False, allow_blank=True
    )
    per_viewer = serializers.BooleanField(required=False)
    position = serializers.ChoiceField(choices=POSITIONS, required=False)
    opacity = serializers.FloatField(min_value=0.05, max_value=1, required=False)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "boolean"},
            {"type": "string", "maxLength": MAX_WATERMARK},
            {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "maxLength": MAX_WATERMARK},
                    "per_viewer": {"type": "boolean"},
                    "position": {"type": "string", "enum": list(POSITIONS)},
                    "opacity": {"type": "number", "minimum": 0.05, "maximum": 1},
                },
                "additionalProperties": False,
            },
            {"type": "null"},
        ]
    }
)
class WatermarkField(serializers.JSONField):
    """True for the usual text, a text of one's own, or an object; null and false for none."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the template that is asked for."""
        if data is None or isinstance(data, bool):
            return marks.template_of(data)
        if isinstance(data, str):
            data = {"text": data} if data else None
        if data is None:
            return None
        if not isinstance(data, dict):
            raise serializers.ValidationError("Must be true, false, a text or an object.")
        return marks.template_of(WatermarkInput().run_validation(_underscored(data)))


def _underscored(given: dict[str, Any]) -> dict[str, Any]:
    """Read `bottom-right` as `bottom_right`."""
    position = given.get("position")
    return given | {"position": position.replace("-", "_")} if isinstance(position, str) else given


class FutureField(serializers.DateTimeField):
    """A moment that is still to come."""

    def to_internal_value(self, value: Any) -> datetime:
        """Refuse what lies behind."""
        moment: datetime = super().to_internal_value(value)
        if moment <= timezone.now():
            raise serializers.ValidationError("Must lie in the future.")
        return moment


class ShareChange(Input):
    name = serializers.CharField(max_length=MAX_NAME, validators=[_PRINTABLE, seen], required=False)
    password = PasswordField()
    expires_at = FutureField(required=False, allow_null=True)
    max_views = serializers.IntegerField(min_value=1, max_value=MOST_VIEWS, required=False, allow_null=True)
    allow_download = serializers.BooleanField(required=False)
    allow_comments = serializers.BooleanField(required=False)
    watermark = WatermarkField(required=False, allow_null=True)


class ShareInput(ShareChange):
    project = serializers.UUIDField()
    assets = serializers.ListField(child=serializers.UUIDField(), max_length=MAX_ASSETS, required=False)
    collection = serializers.UUIDField(required=False, allow_null=True)
    versions = serializers.ChoiceField(choices=["current", "frozen"], default="current")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for assets or a collection, one of them."""
        if attrs.get("assets") and attrs.get("collection"):
            raise serializers.ValidationError({"collection": ["Name assets or a collection, not both."]})
        if not attrs.get("assets") and not attrs.get("collection"):
            raise serializers.ValidationError({"assets": ["Name at least one asset, or a collection."]})
        return attrs


class SharesQuery(ListQuery):
    project = serializers.UUIDField(required=False)


class UnlockInput(Input):
    password = PasswordField()
    name = serializers.CharField(
        max_length=MAX_NAME, validators=[_PRINTABLE, seen], required=False, allow_null=True, allow_blank=True
    )
    email = serializers.EmailField(max_length=254, required=False, allow_null=True, allow_blank=True)


class GuestAssetsQuery(ListQuery):
    include = serializers.ChoiceField(choices=["thumbnail"], required=False)
    sort = serializers.ChoiceField(choices=SORTS, default="-created_at")


class WatermarkOutput(serializers.Serializer[Any]):
    """What the copies of a watermarked share carry; `text` may hold fields such as `{name}`."""

    text = serializers.CharField()
    per_viewer = serializers.BooleanField()
    position = serializers.ChoiceField(choices=POSITIONS)
    opacity = serializers.FloatField()


class ShareOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    project = serializers.UUIDField()
    collection = serializers.UUIDField()
    name = serializers.CharField()
    versions = serializers.ChoiceField(choices=["current", "frozen"])
    has_password = serializers.BooleanField()
    expires_at = serializers.DateTimeField(allow_null=True)
    max_views = serializers.IntegerField(allow_null=True)
    view_count = serializers.IntegerField()
    allow_download = serializers.BooleanField()
    allow_comments = serializers.BooleanField()
    watermark = WatermarkOutput(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewShareOutput(ShareOutput):
    url = serializers.URLField()
    token = serializers.CharField()


class GuestOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class AccessGuestOutput(GuestOutput):
    email = serializers.CharField()


class AccessOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    ip = serializers.CharField(allow_null=True)
    user_agent = serializers.CharField()
    action = serializers.CharField()
    asset = serializers.UUIDField(allow_null=True)
    version = serializers.UUIDField(allow_null=True)
    guest = AccessGuestOutput(allow_null=True)


class PublicShareOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    allow_download = serializers.BooleanField()
    allow_comments = serializers.BooleanField()
    watermark = WatermarkOutput(allow_null=True)
    guest = GuestOutput(allow_null=True)


class UnlockOutput(serializers.Serializer[Any]):
    guest = GuestOutput()
    expires_at = serializers.DateTimeField()
    access = serializers.CharField()


class RevocationsOutput(serializers.Serializer[Any]):
    revoked = serializers.ListField(child=serializers.CharField())
    lifted = serializers.ListField(child=serializers.CharField())
