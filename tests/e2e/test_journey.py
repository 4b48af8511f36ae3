"""From a dropped file to a guest's screen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.clips import READ_FRAME, Clip, frame_on_screen
from tests.e2e.pages import BUILT_MS, Portal, Review, drop_file, tray_row

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SHARE_PASSWORD = "only-for-grace"


def test_a_dropped_clip_is_reviewed_together_with_a_guest(
    portal: Portal,
    member: Page,
    visitor: Callable[[], Page],
    clip_of: Callable[[Clip], Path],
) -> None:
    room = _drop_and_open(portal, member, clip_of(Clip("journey", "30000/1001", 90, timecode="01:00:00;00")))
    expect(room.position).to_have_text("01:00:00;00")
    assert frame_on_screen(member) == 0
    member.keyboard.press("Space")
    member.wait_for_function("() => document.querySelector('video').currentTime > 0.4")
    member.keyboard.press("k")

    room.go_to("01:00:01;12")
    assert member.evaluate(READ_FRAME) == 42
    room.comment("Too dark on this frame")
    expect(room.comments("Too dark on this frame")).to_contain_text("01:00:01;12")

    guest = visitor()
    _enter(guest, url=_share(member))
    theirs = Review(guest).ready()
    expect(theirs.position).to_have_text("01:00:00;00")
    assert frame_on_screen(guest) == 0
    expect(theirs.comments("Too dark on this frame")).to_be_visible()

    theirs.comment("I see it too")
    guest.get_by_label("Your name").fill("Grace")
    guest.get_by_role("button", name="Continue").click()
    expect(room.comments("I see it too")).to_contain_text("Grace")

    room.comment("Fixed in the next cut")
    expect(theirs.comments("Fixed in the next cut")).to_be_visible()
    for page in (member, guest):
        for text in ("Too dark on this frame", "I see it too", "Fixed in the next cut"):
            expect(page.get_by_role("article").filter(has_text=text)).to_have_count(1)


def _drop_and_open(portal: Portal, member: Page, path: Path) -> Review:
    """Drop a clip into the project, watch it become ready, and open it."""
    portal.open_project(member)
    drop_file(member, path)
    row = tray_row(member, path.name)
    expect(row).to_contain_text("Ready", timeout=BUILT_MS)
    expect(member.get_by_role("gridcell", name=path.stem)).to_be_visible()
    row.get_by_role("link", name="Open").click()
    return Review(member).ready()


def _share(member: Page) -> str:
    """Make a link with a password, and return it; it is shown this once."""
    member.get_by_role("button", name="Share", exact=True).click()
    member.get_by_label("Password").fill(SHARE_PASSWORD)
    member.get_by_role("button", name="Create link").click()
    url = member.get_by_label("Link", exact=True).input_value()
    member.get_by_role("button", name="Done").click()
    return url


def _enter(guest: Page, *, url: str) -> None:
    guest.goto(url)
    guest.get_by_label("Password").fill("a guess")
    guest.get_by_role("button", name="Open").click()
    expect(guest.get_by_role("alert")).to_contain_text("not right")
    guest.get_by_label("Password").fill(SHARE_PASSWORD)
    guest.get_by_role("button", name="Open").click()
