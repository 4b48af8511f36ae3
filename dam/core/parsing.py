"""Reading JSON strictly: bounded size and depth, no NUL, no lone surrogates, unknown fields refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

import orjson
from django.conf import settings
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.parsers import BaseParser

from dam.core.errors import Invalid, NotJson, TooLarge

MAX_DEPTH = 32
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")


class StrictJsonParser(BaseParser):
    """Parse a JSON object of at most 1 MB and 32 levels."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the decoded body.

        Raises:
            TooLarge: over 1 MB.
            Invalid: not JSON, not an object, too deep, or with a NUL character.
        """
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge
        if not raw.strip():
            return {}
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise Invalid(
                f"The body is not valid JSON: {error.msg}.", fields={"body": ["Not valid JSON."]}
            ) from None
        if not isinstance(value, dict):
            raise Invalid("The body must be a JSON object.", fields={"body": ["Must be an object."]})
        check_tree(value, path="", depth=0)
        return value


class AnyParser(BaseParser):
    """Refuse every other media type with 415."""

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> NoReturn:
        """Never parse.

        Raises:
            NotJson: always.
        """
        raise NotJson


def check_tree(value: Any, *, path: str, depth: int) -> None:
    """Refuse what Postgres cannot store or a reader should not have to walk.

    Raises:
        Invalid: naming the dotted path of a NUL character or of nesting beyond `MAX_DEPTH`.
    """
    if depth > MAX_DEPTH:
        raise Invalid(
            fields={path.split(".", maxsplit=1)[0] or "body": [f"Nested deeper than {MAX_DEPTH} levels."]}
        )
    if isinstance(value, str) and "\0" in value:
        raise Invalid(fields={path or "body": ["NUL characters are not allowed."]})
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, each in items:
        if isinstance(key, str) and "\0" in key:
            raise Invalid(fields={path or "body": ["NUL characters are not allowed."]})
        check_tree(each, path=f"{path}.{key}".strip("."), depth=depth + 1)


class Input(serializers.Serializer[Any]):
    """A body or a query string: what it does not declare is refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate after refusing unknown keys."""
        if isinstance(data, Mapping):
            known = {name for name, each in self.fields.items() if not each.read_only}
            unknown = {str(name): ["Unknown field."] for name in data if name not in known}
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class CamelInput(Input):
    """An input that also accepts camelCase keys (`stagingKey`), at every level."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate after spelling the keys in snake_case."""
        return super().to_internal_value(snake_keys(data))


def snake_keys(value: Any) -> Any:
    """Return the value with its own keys in snake_case: `versionSha` → `version_sha`."""
    if isinstance(value, Mapping):
        return {
            _CAMEL.sub(r"_\1", str(key)).lower() if str(key).isidentifier() else key: each
            for key, each in value.items()
        }
    return value


def query_values(query: QueryDict) -> dict[str, str]:
    """Return query parameters as a plain dict.

    Raises:
        Invalid: a parameter given twice, or with a NUL character.
    """
    values: dict[str, str] = {}
    for name, each in query.lists():
        if len(each) != 1:
            raise Invalid(fields={name: ["Give this parameter once."]})
        if "\0" in each[0] or "\0" in name:
            raise Invalid(fields={name.replace("\0", ""): ["NUL characters are not allowed."]})
        values[name] = each[0]
    return values
