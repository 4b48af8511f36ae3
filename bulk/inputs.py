"""What the room's endpoints take and answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework import serializers

from assets import metadata
from assets.inputs.words import NoInput, TagsField
from bulk import actions
from dam.core.web.parsing import MAX_ITEMS, Input

__all__ = ["BulkInput", "NoInput", "TagDeleteInput", "TagRenameInput"]
_CLEAN: dict[str, Callable[[Any], Any]] = {"title": metadata.clean_title, "tags": metadata.clean_tags}
_TYPES: dict[str, type] = {"title": str, "tags": list, "fields": dict}


class SetField(serializers.DictField):
    """What is set: `title`, `tags` and `fields` as an asset's PATCH takes them, custom fields by their keys as well."""

    child = serializers.JSONField(allow_null=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Clean the words that every asset has; fields are judged by their definitions later."""
        given = dict(super().to_internal_value(data))
        for name, type_ in _TYPES.items():
            if name in given:
                given[name] = _cleaned(name, given[name], type_)
        return given


def _cleaned(name: str, value: Any, type_: type) -> Any:
    is_text = all(isinstance(each, str) for each in value) if isinstance(value, list) else True
    if not (isinstance(value, type_) and is_text):
        words = {
            "title": "Must be a text.",
            "tags": "Must be a list of texts.",
            "fields": "Must be an object.",
        }
        raise serializers.ValidationError({name: [words[name]]})
    try:
        return _CLEAN[name](value) if name in _CLEAN else value
    except ValueError as error:
        raise serializers.ValidationError({name: [str(error)]}) from None


class ActionInput(Input):
    """What is done to each asset: `trash` and `restore` alone, the others together."""

    set = SetField(required=False)
    tag = TagsField(required=False)
    untag = TagsField(required=False)
    move = serializers.UUIDField(required=False)
    collect = serializers.UUIDField(required=False)
    shoot = serializers.UUIDField(required=False)
    unshoot = serializers.BooleanField(required=False)
    trash = serializers.BooleanField(required=False)
    restore = serializers.BooleanField(required=False)
    rebuild = serializers.BooleanField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        """Set aside what rooms above have registered: they judge it themselves."""
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        foreign = {name: data[name] for name in actions.registered() if name in data}
        own = {name: value for name, value in data.items() if name not in foreign}
        return super().to_internal_value(own) | foreign


class SelectionInput(Input):
    """Either these assets, or all that a list with these parameters shows."""

    ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, min_length=1, max_length=MAX_ITEMS
    )
    query = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want one of both."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Give ids or a query.")
        return attrs


class TagField(serializers.CharField):
    """One tag: 1 to 100 characters, no control characters."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return metadata.clean_tags([super().to_internal_value(data)])[0]
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class TagRenameInput(Input):
    """`from` becomes `to`, in one project or in all; where both are, they become one."""

    org = serializers.UUIDField(required=False)
    project = serializers.UUIDField(required=False)
    to = TagField()

    def get_fields(self) -> dict[str, Any]:
        """Add the field whose name Python keeps for itself."""
        return super().get_fields() | {"from": TagField()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want two."""
        if attrs["from"] == attrs["to"]:
            raise serializers.ValidationError({"to": ["This is its name."]})
        return attrs


class TagDeleteInput(Input):
    """`name` is taken away from the assets of one project, or of all."""

    org = serializers.UUIDField(required=False)
    project = serializers.UUIDField(required=False)
    name = TagField()


class BulkInput(Input):
    """Work over many assets; with `dry_run` nothing is changed and the job's result tells what would be."""

    org = serializers.UUIDField(required=False)
    selection = SelectionInput()
    action = ActionInput()
    dry_run = serializers.BooleanField(default=False)
