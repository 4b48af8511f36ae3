"""A guest of a watermarked link sees marked copies, and no address of theirs opens anything clean."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.clips import Clip, frame_on_screen
from tests.e2e.pages import BUILT_MS, Portal, Review, share_asset, tray_row

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

#: Every address in an answer, wherever it stands.
ADDRESSES = """async (path) => {
  const found = [];
  const look = (value) => {
    if (typeof value === "string" && value.includes("/e/")) found.push(value);
    else if (value && typeof value === "object") Object.values(value).forEach(look);
  };
  look(await (await fetch(path)).json());
  return found;
}"""
STATUS = "async (url) => (await fetch(url)).status"


def test_a_guest_names_themself_waits_for_their_copy_and_gets_nothing_clean(
    portal: Portal, member: Page, visitor: Callable[[], Page], clip_of: Callable[[Clip], Path]
) -> None:
    portal.open_project(member)
    member.locator("input[type=file]").first.set_input_files(clip_of(Clip("marked", "25", 75)))
    row = tray_row(member, "marked.mov")
    expect(row).to_contain_text("Ready", timeout=BUILT_MS)
    row.get_by_role("link", name="Open").click()
    Review(member).ready()
    clean: dict[str, Any] = member.evaluate(
        "async () => (await (await fetch('/api/assets?q=marked&sort=-created_at')).json()).results[0].current_version"
    )
    url = share_asset(member, watermark="Do not copy", per_viewer=True)

    guest = visitor()
    guest.goto(url)
    expect(guest.get_by_role("dialog")).to_contain_text("carry your name")
    guest.get_by_label("Your name").fill("Grace")
    guest.get_by_role("button", name="Continue").click()
    Review(guest).ready()
    assert frame_on_screen(guest) == 0

    token = url.rsplit("/", 1)[1]
    given = [
        *guest.evaluate(ADDRESSES, f"/api/s/{token}/versions/{clean['id']}/playback"),
        *guest.evaluate(ADDRESSES, f"/api/s/{token}/assets?include=thumbnail"),
    ]
    assert len(given) > 8
    for address in given:
        copy = address.split("/e/")[1].split("/")[2]
        assert copy != clean["sha256"]
        assert guest.evaluate(STATUS, address) == 200
        assert guest.evaluate(STATUS, address.replace(copy, clean["sha256"])) == 403
