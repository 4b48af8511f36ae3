"""The conformance page, in a real browser and through the edge: every frame asked for is the frame on screen."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

RATES = ["23.976", "25", "29.97", "59.94"]
WITHIN_MS = 240_000


def test_two_hundred_seeks_and_a_hundred_steps_are_exact_at_every_rate(
    portal: Portal, visitor: Callable[[], Page]
) -> None:
    page = visitor()
    page.goto(f"{portal.url}/conformance")

    expect(page.locator("main")).to_have_attribute("data-stage", "done", timeout=WITHIN_MS)

    report: dict[str, Any] = json.loads(page.locator("#report").inner_text())
    assert [(row["clip"], row["format"]) for row in report["rows"]] == [
        (rate, kind) for rate in RATES for kind in ("hls", "mp4")
    ]
    for row in report["rows"]:
        assert row["error"] is None, row
        assert row["first"] == 0
        assert (row["seeks"]["exact"], row["seeks"]["done"]) == (200, 200), row
        assert (row["steps"]["exact"], row["steps"]["done"]) == (100, 100), row
        assert row["stills"]["exact"] == row["stills"]["done"] == (12 if row["format"] == "hls" else 0), row
        assert row["verified"] == 200
    assert report["exact"] is True
    expect(page.get_by_role("status")).to_contain_text("Every frame was the one that was asked for")
