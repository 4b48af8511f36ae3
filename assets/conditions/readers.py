"""Conditions on built-in keys, typed: texts of each type as the comparisons that they stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from assets.conditions.words import (
    APPROVALS,
    CLASSES,
    KINDS,
    LONGEST_VALUE,
    MARKS,
    MOST_VALUES,
    STATES,
    Asked,
    Comparison,
    Condition,
    Key,
    key_named,
)

LARGEST = 2**53
"""Beyond it a double no longer tells neighbouring whole numbers apart."""


def typed(condition: Condition) -> Asked:
    """Return a condition on a built-in key with its values typed.

    Raises:
        ValueError: there is no such key, it is not compared in this way, or a text is no value of it, in a sentence.
    """
    key = key_named(condition.key)
    if key is None:
        raise ValueError("There is no such field.")
    if condition.way not in key.ways:
        raise ValueError(f"{key.name} is not compared like this.")
    if not condition.values:
        raise ValueError("Give a value.")
    if len(condition.values) > MOST_VALUES:
        raise ValueError(f"At most {MOST_VALUES} values.")
    values = [_bounded(each) for each in condition.values]
    return Asked(_READERS[key.type](key, condition.way, values), condition.negated)


def _bounded(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise ValueError("Give a value.")
    if len(text) > LONGEST_VALUE or any(unicodedata.category(each) in {"Cc", "Cs"} for each in text):
        raise ValueError(f"A value has at most {LONGEST_VALUE} characters and no control characters.")
    return text


# --- readers: texts of one type to alternatives ---------------------------------------------------------

_Alternatives = tuple[tuple[Comparison, ...], ...]
_Span = tuple[Any, Any]


def _among(key: Key, values: Sequence[Any]) -> _Alternatives:
    return ((Comparison(key.column, "in", tuple(dict.fromkeys(values))),),)


def _kind(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    found = [each.casefold() for each in values]
    if not set(found) <= set(KINDS):
        raise ValueError(f"Must be one of {', '.join(KINDS)}.")
    return _among(key, found)


def _approval(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    found = [each.casefold() for each in values]
    if not set(found) <= set(APPROVALS):
        raise ValueError(f"Must be one of {', '.join(APPROVALS)}.")
    return _among(key, found)


def _tag(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    return ((Comparison(key.column, "has", tuple(dict.fromkeys(values))),),)


def _words(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    if not all(any(unicodedata.category(each)[0] in "LMNS" for each in text) for text in values):
        raise ValueError("There is nothing to search for in it.")
    said = "begins" if way == "prefix" else "says"
    return tuple((Comparison(key.column, said, each),) for each in values)


def _token(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    found = [each.casefold() for each in values]
    if way == "prefix":
        return tuple((Comparison(key.column, "prefix", each),) for each in found)
    return _among(key, found)


def _id(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    try:
        return _among(key, [UUID(each if len(each) == len(str(UUID(int=0))) else "") for each in values])
    except ValueError:
        raise ValueError("Must be a valid UUID.") from None


def _path(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    """Ask for folders themselves, or for all that lies in them and below; slashes at the ends do not count."""
    found = [each.strip("/") for each in values]
    if way != "prefix":
        return _among(key, found)
    below = tuple((Comparison(key.column, "prefix", f"{each}/"),) for each in found if each)
    return (*below, *_among(key, found)) if all(found) else ((Comparison(key.column, "prefix", ""),),)


def _mark(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    return tuple((_marked(each.casefold()),) for each in values)


def _marked(word: str) -> Comparison:
    if word in STATES:
        return Comparison("preview_state", "in", (word,))
    match word:
        case "approved":
            return Comparison("approval", "in", (word,))
        case "changes":
            return Comparison("approval", "in", ("changes_requested",))
        case "stacked":
            return Comparison("version_count", "gte", 2)
        case "tagged":
            return Comparison("tags", "filled")
        case "captured":
            return Comparison("captured_at", "filled")
        case "trashed":
            return Comparison("trashed_at", "filled")
    raise ValueError(f"Must be one of {', '.join((*STATES, *MARKS))}.")


def _spans(column: str, way: str, spans: Sequence[_Span]) -> _Alternatives:
    """Compare with spans, from and to (exclusive): a value that was typed roughly stands for all that it may mean."""
    found: list[tuple[Comparison, ...]] = []
    for low, high in spans:
        match way:
            case "gte":
                found.append((Comparison(column, "gte", low),))
            case "lt":
                found.append((Comparison(column, "lt", low),))
            case "gt":
                found.append((Comparison(column, "gte", high),))
            case "lte":
                found.append((Comparison(column, "lt", high),))
            case _:
                found.append(tuple(_between(column, low, high)))
    return tuple(found)


def _between(column: str, low: Any, high: Any) -> list[Comparison]:
    bounds = (("gte", low), ("lt", high))
    return [Comparison(column, way, value) for way, value in bounds if value is not None]


def _whole(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    found = [_whole_number(each) for each in values]
    return _spans(key.column, way, [(each, each + 1) for each in found])


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("Must be a whole number.")
    return int(text)


_DECIMAL = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,9}))?", re.ASCII)
_UNIT_SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}
_DURATION = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,3}):([0-9]{1,2}(?:\.[0-9]{1,6})?)", re.ASCII)
_QUANTITY = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([a-z]*)", re.ASCII | re.IGNORECASE)


def _decimal(text: str) -> tuple[float, float]:
    """Return a number and half of the last place that it was typed with."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise ValueError("Must be a number.")
    return float(text), 0.5 * 10.0 ** -len(found[2] or "")


def _seconds(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    return _spans(key.column, way, [_duration_span(each, is_exact=way != "eq") for each in values])


def _duration_span(text: str, *, is_exact: bool) -> _Span:
    if clock := _DURATION.fullmatch(text):
        seconds, half = _decimal(clock[3])
        seconds += 60 * int(clock[2]) + 3600 * int(clock[1] or 0)
    else:
        found = _QUANTITY.fullmatch(text)
        unit = _UNIT_SECONDS.get(found[2].lower()) if found else None
        if found is None or unit is None:
            raise ValueError("Must be seconds such as 90, or a time such as 1:30 or 90s.")
        seconds, half = (each * unit for each in _decimal(found[1]))
    return _exact(seconds) if is_exact else (seconds - half, seconds + half)


def _exact(value: float) -> _Span:
    """Return the span of one number, where floats of it differ in their last places."""
    return value, value + max(abs(value) * 1e-12, 1e-12)


_UNIT_BYTES = {
    "": 1,
    "b": 1,
    **{f"{unit}b": 1000**power for power, unit in enumerate("kmgt", 1)},
    **{f"{unit}ib": 1024**power for power, unit in enumerate("kmgt", 1)},
    **{unit: 1000**power for power, unit in enumerate("kmgt", 1)},
}


def _bytes(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    return _spans(key.column, way, [_byte_span(each, is_exact=way != "eq") for each in values])


def _byte_span(text: str, *, is_exact: bool) -> _Span:
    found = _QUANTITY.fullmatch(text)
    unit = _UNIT_BYTES.get(found[2].lower()) if found else None
    if found is None or unit is None:
        raise ValueError("Must be bytes such as 1000, or a size such as 20MB or 1.5GiB.")
    number, half = _decimal(found[1])
    middle = round(number * unit)
    if middle > LARGEST:
        raise ValueError("Must be at most 2^53 bytes.")
    if is_exact or unit == 1:
        return middle, middle + 1
    return round((number - half) * unit), round((number + half) * unit)


#: A rate typed with two places or more is rounded: 23.98 and 23.976 both mean 24000/1001, and 24 does not.
_NARROW = 0.0005


def _rate(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    return _spans(key.column, way, [_rate_span(each) for each in values])


def _rate_span(text: str) -> _Span:
    try:
        if "/" in text:
            over, under = (_whole_number(each.strip()) for each in text.split("/", 1))
            rate = float(Fraction(over, under))
            return rate - 1e-6, rate + 1e-6
        rate, half = _decimal(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError("Must be a frame rate such as 25, 23.976 or 30000/1001.") from None
    reach = half if half < 0.05 else _NARROW
    return rate - reach, rate + reach


_SIDES = re.compile(r"([0-9]{1,6}) ?[xX*] ?([0-9]{1,6})", re.ASCII)


def _resolution(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    return tuple(_sides(key, each.casefold()) for each in values)


def _sides(key: Key, text: str) -> tuple[Comparison, ...]:
    if text in CLASSES:
        return tuple(_between(key.column, *CLASSES[text]))
    found = _SIDES.fullmatch(text)
    if found is None:
        raise ValueError(f"Must be a resolution such as 1920x1080, or one of {', '.join(CLASSES)}.")
    width, height = int(found[1]), int(found[2])
    compared = ((key.column, min(width, height)), ("width", width), ("height", height))
    return tuple(Comparison(column, "in", (value,)) for column, value in compared)


_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_LAST = datetime.max.replace(tzinfo=UTC)
_MONTHS = (_LAST.year + 1) * 12
_NOT_A_TIME = "Must be a date such as 2026, 2026-01 or 2026-01-31, or a date with time and zone."


def _moment(key: Key, way: str, values: Sequence[str]) -> _Alternatives:
    return moments(key.column, way, values)


def moments(column: str, way: str, values: Sequence[str]) -> _Alternatives:
    """Return what compares a column of times with texts, each of which stands for all that it may mean.

    Raises:
        ValueError: one of them is no date and no moment.
    """
    return _spans(column, way, [moment_span(each) for each in values])


def moment_span(text: str) -> tuple[datetime, datetime]:
    """Return from when to when (exclusive) a year, month, day or moment lasts; days are those of UTC.

    Raises:
        ValueError: it is none of these.
    """
    try:
        if found := _DAY.fullmatch(text):
            return _period(*(int(each) if each else None for each in found.groups()))
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(_NOT_A_TIME)
        moment = moment.astimezone(UTC)
        return moment, _after(moment, timedelta(microseconds=1))
    except (ValueError, OverflowError):
        raise ValueError(_NOT_A_TIME) from None


def _period(year: int | None, month: int | None, day: int | None) -> tuple[datetime, datetime]:
    start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
    if day:
        return start, _after(start, timedelta(days=1))
    months = start.year * 12 + start.month - 1 + (1 if month else 12)
    return start, datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC) if months < _MONTHS else _LAST


def _after(moment: datetime, length: timedelta) -> datetime:
    """Return the moment that much later, or the last that there is: dates end with the year 9999."""
    return moment + length if _LAST - moment > length else _LAST


_READERS: Mapping[str, Callable[[Key, str, Sequence[str]], _Alternatives]] = {
    "kind": _kind,
    "approval": _approval,
    "tag": _tag,
    "words": _words,
    "token": _token,
    "id": _id,
    "path": _path,
    "mark": _mark,
    "whole": _whole,
    "seconds": _seconds,
    "bytes": _bytes,
    "rate": _rate,
    "resolution": _resolution,
    "moment": _moment,
}
