"""Drawings: what is a good one, and how the first fault is named."""

import math
from typing import Any

import pytest

from comments.annotations import MAX_POINTS, fault_in

SHAPE = {"tool": "pen", "points": [[0.25, 0.75]], "color": "#fff", "width": 2}


def drawing(**changes: object) -> dict[str, Any]:
    shape = {key: value for key, value in (SHAPE | changes).items() if value is not ...}
    return {"v": 1, "shapes": [shape]}


@pytest.mark.parametrize(
    "value",
    [
        drawing(),
        drawing(text="Hier"),
        drawing(points=[[0, 0], [1, 1]]),
        drawing(color="#12345678"),
        drawing(color="red"),
        drawing(width=0.004),
        drawing(points=[[0.5, 0.5]] * MAX_POINTS),
    ],
)
def test_good_drawings_pass(value: dict[str, Any]):
    assert fault_in(value) is None


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("drawing", ""),
        ({"v": 1}, "shapes"),
        ({"v": 1, "shapes": []}, "shapes"),
        ({"v": True, "shapes": [SHAPE]}, "v"),
        ({"v": 1, "shapes": [SHAPE], "more": 1}, "more"),
        ({"v": 1, "shapes": [SHAPE, 5]}, "shapes.1"),
        ({"v": 1, "shapes": [SHAPE] * 201}, "shapes"),
        (drawing(tool=...), "shapes.0.tool"),
        (drawing(tool="Pen Of Doom"), "shapes.0.tool"),
        (drawing(color="url(javascript:x)"), "shapes.0.color"),
        (drawing(width=0), "shapes.0.width"),
        (drawing(width="2"), "shapes.0.width"),
        (drawing(width=math.inf), "shapes.0.width"),
        (drawing(text=7), "shapes.0.text"),
        (drawing(text="x" * 2001), "shapes.0.text"),
        (drawing(href="x"), "shapes.0.href"),
        (drawing(points=[]), "shapes.0.points"),
        (drawing(points=[[0, 0], [0]]), "shapes.0.points.1"),
        (drawing(points=[[0, -0.01]]), "shapes.0.points.0"),
        (drawing(points=[[0, math.nan]]), "shapes.0.points.0"),
        (drawing(points=[[0, True]]), "shapes.0.points.0"),
        (drawing(points=[[0.5, 0.5]] * (MAX_POINTS + 1)), "shapes.0.points"),
        ({"v": 1, "shapes": [SHAPE | {"points": [[0, 0]] * 15_000}] * 2}, "shapes"),
    ],
)
def test_the_first_fault_is_named_by_its_path(value: object, path: str):
    fault = fault_in(value)

    assert fault is not None
    assert fault.path == path
