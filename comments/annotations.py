"""Drawings on a frame: `{v: 1, shapes: [{tool, points, color, width, text?}]}` in 0..1 of the display size."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

VERSION = 1
MAX_SHAPES = 200
MAX_POINTS = 20_000
MAX_TEXT = 2_000
#: Widths are fractions of the display size or pixels of the pen; no sane pen is wider.
MAX_WIDTH = 1_000
_TOOL = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|[a-z]{1,32}")
_REQUIRED = {"tool", "points", "color", "width"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a drawing: a dotted path below it (empty for the whole) and a sentence."""

    path: str
    message: str


def fault_in(value: Any) -> Fault | None:
    """Return the first fault of a drawing, or None for a good one.

    Shapes: at most 200 shapes with together 20 000 points.
    """
    if not isinstance(value, dict):
        return Fault("", "Must be an object.")
    for key in value.keys() - {"v", "shapes"}:
        return Fault(str(key), "Unknown field.")
    if value.get("v") != VERSION or isinstance(value.get("v"), bool):
        return Fault("v", f"Must be {VERSION}.")
    shapes = value.get("shapes")
    if not isinstance(shapes, list) or not 1 <= len(shapes) <= MAX_SHAPES:
        return Fault("shapes", f"Must be a list of 1 to {MAX_SHAPES} shapes.")
    points = 0
    for index, shape in enumerate(shapes):
        found = _fault_in_shape(shape)
        if found is not None:
            return Fault(f"shapes.{index}.{found.path}".rstrip("."), found.message)
        points += len(shape["points"])
    return Fault("shapes", f"More than {MAX_POINTS} points.") if points > MAX_POINTS else None


def _fault_in_shape(shape: Any) -> Fault | None:
    if not isinstance(shape, dict):
        return Fault("", "Must be an object.")
    for key in sorted(_REQUIRED - shape.keys()):
        return Fault(key, "This field is required.")
    for key in shape.keys() - _REQUIRED - {"text"}:
        return Fault(str(key), "Unknown field.")
    if not _matches(_TOOL, shape["tool"]):
        return Fault("tool", "Must be the short lower-case name of a tool.")
    if not _matches(_COLOR, shape["color"]):
        return Fault("color", "Must be a colour like `#ff8800`.")
    if not _is_between(shape["width"], 0, MAX_WIDTH) or shape["width"] == 0:
        return Fault("width", f"Must be above 0 and at most {MAX_WIDTH}.")
    text = shape.get("text")
    if text is not None and not (isinstance(text, str) and len(text) <= MAX_TEXT):
        return Fault("text", f"Must be at most {MAX_TEXT} characters.")
    return _fault_in_points(shape["points"])


def _fault_in_points(points: Any) -> Fault | None:
    if not isinstance(points, list) or not 1 <= len(points) <= MAX_POINTS:
        return Fault("points", f"Must be a list of 1 to {MAX_POINTS} points.")
    for index, point in enumerate(points):
        is_pair = isinstance(point, list) and len(point) == 2
        if not is_pair or not all(_is_between(each, 0, 1) for each in point):
            return Fault(f"points.{index}", "Must be [x, y], both from 0 to 1.")
    return None


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_between(value: Any, least: float, most: float) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and least <= value <= most
