"""Documents: read page by page, and commented on the page that is shown."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.pages import BUILT_MS, Portal, Review, tray_row

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

COLOURS = ("red", "lime", "blue")


def test_a_document_is_read_page_by_page_and_commented_where_it_is_open(
    portal: Portal, member: Page, tmp_path: Path
) -> None:
    pages = [Image.new("RGB", (595, 842), each) for each in COLOURS]
    pages[0].save(tmp_path / "brief.pdf", save_all=True, append_images=pages[1:])
    portal.open_project(member)
    member.locator("input[type=file]").first.set_input_files(tmp_path / "brief.pdf")
    row = tray_row(member, "brief.pdf")
    expect(row).to_contain_text("Ready", timeout=BUILT_MS)
    row.get_by_role("link", name="Open").click()

    first = member.get_by_role("img", name="page 1")
    expect(first).to_be_visible()
    box, room = first.bounding_box(), member.viewport_size
    assert box is not None
    assert room is not None
    assert box["height"] > 0.6 * room["height"]
    assert box["y"] + box["height"] <= room["height"]
    member.keyboard.press("ArrowRight")
    second = member.get_by_role("img", name="page 2")
    expect(second).to_be_visible()
    Review(member).comment("This page only")
    expect(Review(member).comments("This page only")).to_contain_text("2")
    member.get_by_role("button", name="Previous page").click()
    expect(first).to_be_visible()
