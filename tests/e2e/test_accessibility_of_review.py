"""What is reviewed, for those who do not see it, or not all of it: a drawing, two versions, what a search finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.axe import faults_on
from tests.e2e.pages import BUILT_MS, Portal, tray_row

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_drawing_two_versions_and_what_is_found_can_be_read_aloud(
    portal: Portal, member: Page, tmp_path: Path
) -> None:
    faults: dict[str, list[str]] = {}
    portal.open_project(member)
    _send(member, tmp_path / "storyboard.png", colour="red")
    tray_row(member, "storyboard.png").get_by_role("link", name="Open").click()
    member.get_by_role("button", name="Draw on the picture").click()
    expect(member.get_by_role("button", name="Arrow")).to_be_visible()
    faults["drawing"] = faults_on(member)

    _send(member, tmp_path / "storyboard-2.png", colour="blue")
    member.get_by_role("tab", name="Versions").click()
    member.get_by_role("link", name="Compare versions").click()
    expect(member.get_by_role("button", name="Change sides")).to_be_visible()
    faults["side by side"] = faults_on(member)
    member.keyboard.press("w")
    expect(member.get_by_role("slider")).to_be_visible()
    faults["wipe"] = faults_on(member)

    member.goto(f"{portal.url}/search?q=storyboard")
    expect(member.get_by_role("link", name="storyboard").first).to_be_visible()
    faults["found"] = faults_on(member)
    member.goto(f"{portal.url}/search?q=nothingofthekind")
    expect(member.get_by_text("Nothing in any project matches")).to_be_visible()
    faults["nothing found"] = faults_on(member)

    assert {where: found for where, found in faults.items() if found} == {}


def _send(page: Page, path: Path, *, colour: str) -> None:
    Image.new("RGB", (320, 180), colour).save(path)
    page.locator("input[type=file]").first.set_input_files(path)
    expect(tray_row(page, path.name)).to_contain_text("Ready", timeout=BUILT_MS)
