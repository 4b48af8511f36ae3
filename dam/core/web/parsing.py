"""Reading JSON strictly: bounded size and depth, no NUL, no lone surrogates, unknown fields refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import IO, Any, NoReturn
from uuid import UUID

import orjson
from django.conf import settings
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.parsers import BaseParser

from dam.core import names
from dam.core.errors import Invalid, NotJson, TooLarge

MAX_DEPTH = 32
#: As many parts as an upload may have; no list that a body holds is longer.
MAX_ITEMS = 10_000
_NUL = "NUL characters are not allowed."
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w-]+)", re.IGNORECASE)
_TEXTUAL = (
    serializers.CharField,
    serializers.UUIDField,
    serializers.ChoiceField,
    serializers.DateTimeField,
    serializers.DateField,
)
#: Python would also read `+5`, ` 5`, `1_0` and the digits of other scripts.
_WHOLE = re.compile(r"-?[0-9]+")
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
            NotJson: in another encoding than UTF-8, or compressed.
            Invalid: see `read_object`.
        """
        request = (parser_context or {}).get("request")
        if content_fault(media_type or self.media_type, request.META if request else {}):
            raise NotJson
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge
        return read_object(raw) if raw.strip() else {}


def content_fault(content_type: str, headers: Mapping[str, Any]) -> bool:
    """Tell whether a body is said to be anything but plain JSON in UTF-8."""
    media_type, _, parameters = content_type.partition(";")
    charset = _CHARSET.search(parameters)
    return (
        media_type.strip().lower() != StrictJsonParser.media_type
        or (charset is not None and charset[1].lower() not in {"utf-8", "utf8"})
        or str(headers.get("HTTP_CONTENT_ENCODING", "")).strip().lower() not in {"", "identity"}
    )


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that the bytes hold.

    Raises:
        Invalid: not JSON in UTF-8, not an object, a key given twice in one object, nested deeper than `MAX_DEPTH`,
            a list or object of more than `MAX_ITEMS`, a NUL character, a number beyond the range of a double.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Invalid(
            f"The body is not valid JSON: {error.msg}.", fields={"body": ["Not valid JSON."]}
        ) from None
    if not isinstance(value, dict):
        raise Invalid("The body must be a JSON object.", fields={"body": ["Must be an object."]})
    check_tree(value, has_nul=b"\\u0000" in raw)
    # The depth is known to be bounded now. Which of two values another reader would have taken nobody can tell.
    json.loads(raw, object_pairs_hook=_refuse_twins, parse_int=str, parse_float=str)
    return value


def _refuse_twins(pairs: Sequence[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) == len(pairs):
        return
    names = [name for name, _ in pairs]
    twin = next(name for name in names if names.count(name) > 1)
    raise Invalid(fields={twin: ["Given twice."]})


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


def check_tree(value: Any, *, path: str = "", depth: int = 0, has_nul: bool = True) -> None:
    """Refuse what Postgres cannot store or a reader should not have to walk.

    Shapes: `has_nul` False spares the search in every text.

    Raises:
        Invalid: naming the dotted path of a NUL character, of nesting beyond `MAX_DEPTH`, or of a list beyond
            `MAX_ITEMS`.
    """
    top = path.split(".", maxsplit=1)[0] or "body"
    if depth > MAX_DEPTH:
        raise Invalid(fields={top: [f"Nested deeper than {MAX_DEPTH} levels."]})
    if len(value) > MAX_ITEMS:
        raise Invalid(fields={path or "body": [f"More than {MAX_ITEMS} items."]})
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        if has_nul and isinstance(key, str) and "\0" in key:
            raise Invalid(fields={path or "body": [_NUL]})
        if isinstance(each, (dict, list)):
            check_tree(each, path=f"{path}.{key}".strip("."), depth=depth + 1, has_nul=has_nul)
        elif has_nul and isinstance(each, str) and "\0" in each:
            raise Invalid(fields={f"{path}.{key}".strip("."): [_NUL]})


class Input(serializers.Serializer[Any]):
    """A body or a query string: what it does not declare is refused by name, and nothing is read as something else.

    The framework would take 5 for a text, "yes" for true, "5" or true for a number.
    """

    def to_internal_value(self, data: Any) -> Any:
        """Validate after refusing unknown keys and values of another JSON type."""
        if isinstance(data, Mapping):
            known = {name: each for name, each in self.fields.items() if not each.read_only}
            faults: dict[str, Any] = {str(name): ["Unknown field."] for name in data if name not in known}
            is_query = isinstance(data, QueryValues)
            for name, field in known.items():
                if name in data and (fault := type_fault(field, data[name], is_query=is_query)):
                    faults[name] = fault
            if faults:
                raise serializers.ValidationError(faults)
        return super().to_internal_value(data)


Fault = Sequence[str] | Mapping[str, Any]


def type_fault(field: serializers.Field[Any, Any, Any, Any], value: Any, *, is_query: bool) -> Fault | None:
    """Return what is wrong with the JSON type of a value for a field, or None; null is the field's own affair.

    Of a list the items at fault are told by their places.
    """
    if value is None:
        return None
    if isinstance(field, serializers.BooleanField):
        allowed = value in ("true", "false") if is_query else isinstance(value, bool)
        return None if allowed else ["Must be true or false."]
    if is_query:
        is_fault = isinstance(field, serializers.IntegerField) and not _WHOLE.fullmatch(value)
        return ["A valid integer is required."] if is_fault else None
    if isinstance(field, (serializers.IntegerField, serializers.FloatField)):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if is_number else ["Must be a number."]
    if isinstance(field, _TEXTUAL) and not isinstance(value, str):
        return ["Must be a text."]
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        faults = {str(at): type_fault(field.child, each, is_query=False) for at, each in enumerate(value)}
        return {at: fault for at, fault in faults.items() if fault} or None
    return None


class CamelInput(Input):
    """An input that also accepts camelCase keys (`stagingKey`), at every level."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate after spelling the keys in snake_case."""
        return super().to_internal_value(snake_keys(data))


def snake_keys(value: Any) -> Any:
    """Return the value with its own keys in snake_case: `versionSha` → `version_sha`.

    Raises:
        Invalid: a key is there in both spellings.
    """
    if not isinstance(value, Mapping):
        return value
    pairs = [
        (_CAMEL.sub(r"_\1", str(key)).lower() if str(key).isidentifier() else key, each)
        for key, each in value.items()
    ]
    _refuse_twins(pairs)
    return dict(pairs)


def seen(name: str) -> None:
    """Refuse a name of which nothing shows; a validator of text fields, which trim what is no name at all.

    Raises:
        ValidationError: nothing of it shows.
    """
    try:
        names.check_seen(name)
    except ValueError as error:
        raise serializers.ValidationError(str(error)) from None


class QueryValues(dict[str, str]):
    """Query parameters: every value is a text and is read as what the field declares."""


def query_values(query: QueryDict) -> QueryValues:
    """Return query parameters by name.

    Raises:
        Invalid: a parameter given twice, or with a NUL character.
    """
    values = QueryValues()
    for name, each in query.lists():
        if len(each) != 1:
            raise Invalid(fields={name: ["Give this parameter once."]})
        if "\0" in each[0] or "\0" in name:
            raise Invalid(fields={name.replace("\0", ""): [_NUL]})
        values[name] = each[0]
    return values


@cache
def _reader(declared: type[Input]) -> Input:
    """Return the one reader of a kind of query: it keeps nothing of what it reads, and is slow to make."""
    return declared()


@lru_cache(maxsize=512)
def read_query(declared: type[Input], given: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Return validated parameters: the same for the same text, and asked for again and again."""
    return dict(_reader(declared).run_validation(QueryValues(given)))


def value_at(body: Any, field: str) -> Any:
    """Return what a body holds at a dotted path, or None."""
    for part in field.split("."):
        body = body.get(part) if isinstance(body, dict) else None
    return body


def as_uuid(value: Any) -> UUID | None:
    """Return the id that a path, query or body holds, or None when it has the wrong form."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
