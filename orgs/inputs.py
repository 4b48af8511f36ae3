"""What the room's endpoints take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.utils import timezone
from rest_framework import serializers

from dam.core.access import Role
from dam.core.web.api import ListQuery
from dam.core.web.parsing import Input, seen

MAX_NAME = 200
_PRINTABLE = RegexValidator(r"^[^\x00-\x1f\x7f]+$", "Control characters are not allowed.")


class NameField(serializers.CharField):
    """A name for people: 1 to 200 printable characters, of which something shows."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_NAME, validators=[_PRINTABLE, seen], **options)


class OrganizationInput(Input):
    name = NameField()
    slug = serializers.SlugField(max_length=64, required=False)


class OrganizationChange(Input):
    """`trash_days`: days until what lies in the trash is purged by itself; null for the platform's own number."""

    name = NameField()
    slug = serializers.SlugField(max_length=64)
    trash_days = serializers.IntegerField(min_value=1, max_value=settings.MOST_TRASH_DAYS, allow_null=True)


class ClientInput(Input):
    org = serializers.UUIDField(required=False)
    organization = serializers.UUIDField(required=False)
    name = NameField()
    slug = serializers.SlugField(max_length=64, required=False)


class ClientChange(Input):
    name = NameField()
    slug = serializers.SlugField(max_length=64)


class ProjectInput(ClientInput):
    client = serializers.UUIDField(required=False, allow_null=True)


class ProjectChange(ClientChange):
    client = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=["active", "archived"])


class MemberInput(Input):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=[each.value for each in Role])


class MemberChange(Input):
    role = serializers.ChoiceField(choices=[each.value for each in Role])


class FutureField(serializers.DateTimeField):
    """A moment that is still to come."""

    def to_internal_value(self, value: Any) -> datetime:
        """Refuse what lies behind."""
        moment: datetime = super().to_internal_value(value)
        if moment <= timezone.now():
            raise serializers.ValidationError("Must lie in the future.")
        return moment


class TokenInput(Input):
    name = NameField(required=False, default="")
    scope = serializers.ChoiceField(choices=["read", "write"])
    project = serializers.UUIDField(required=False, allow_null=True)
    expires_at = FutureField(required=False, allow_null=True)


class ClientsQuery(ListQuery):
    q = serializers.CharField(required=False, max_length=MAX_NAME)


class ProjectsQuery(ClientsQuery):
    client = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=["active", "archived"], required=False)


class MembershipOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()
    role = serializers.ChoiceField(choices=[each.value for each in Role])


class MeOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    organizations = MembershipOutput(many=True)


class OrganizationOutput(MembershipOutput):
    storage_used = serializers.IntegerField(help_text="bytes")
    storage_reserved = serializers.IntegerField(help_text="bytes")
    storage_limit = serializers.IntegerField(help_text="bytes")
    trash_days = serializers.IntegerField(
        help_text="Days until what lies in the trash is purged by itself, its own or the platform's number."
    )
    trash_days_own = serializers.BooleanField(help_text="Whether this number is the organisation's own.")
    trash_days_platform = serializers.IntegerField(
        help_text="The platform's number, which holds where there is no own."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ClientOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    organization = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProjectOutput(ClientOutput):
    client = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=["active", "archived"])
    role = serializers.ChoiceField(choices=[each.value for each in Role])


class PersonOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True)
    email = serializers.EmailField()
    name = serializers.CharField()


class MemberOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    user = PersonOutput()
    role = serializers.ChoiceField(choices=[each.value for each in Role])
    invited = serializers.BooleanField()
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="When the invitation runs out, or ran out; null for members."
    )


class TokenOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    scope = serializers.ChoiceField(choices=["read", "write"])
    project = serializers.UUIDField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewTokenOutput(TokenOutput):
    token = serializers.CharField(help_text="Told this once only.")
