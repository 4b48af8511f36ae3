"""A decision belongs to the version that it was made of, and others see it at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import BUILT_MS, Portal, share_asset, tray_row

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_an_approval_is_seen_by_others_and_does_not_outlive_its_version(
    portal: Portal, member: Page, visitor: Callable[[], Page], tmp_path: Path
) -> None:
    path = tmp_path / "script.txt"
    path.write_text("first draft\n", encoding="utf-8")
    portal.open_project(member)
    _upload(member, path)
    tray_row(member, path.name).get_by_role("link", name="Open").click()
    decisions = member.get_by_role("region", name="Approvals")
    expect(decisions.get_by_role("status")).to_have_text("Not decided")

    guest = visitor()
    guest.goto(share_asset(member))
    theirs = guest.get_by_role("region", name="Approvals")
    expect(theirs.get_by_role("status")).to_have_text("Not decided")
    decisions.get_by_role("button", name="Approve").press("Enter")
    expect(decisions.get_by_role("button", name="Approve")).to_have_attribute("aria-pressed", "true")
    expect(theirs.get_by_role("status")).to_have_text("Approved")

    # Typed blindly: the note has the focus, and none of its letters is a key of the room.
    guest.get_by_role("button", name="Request changes").press("Enter")
    guest.keyboard.type("five more lines, please")
    guest.get_by_role("dialog").get_by_role("button", name="Request changes").click()
    guest.get_by_label("Your name").fill("Grace")
    guest.get_by_role("button", name="Continue").click()
    expect(decisions.get_by_role("status")).to_contain_text("Changes requested")
    expect(decisions).to_contain_text("five more lines, please")

    _write_on_when_the_session_has_ended(portal, member)

    path.write_text("second draft\n", encoding="utf-8")
    _upload(member, path, button="Upload a new version")
    expect(decisions.get_by_role("status")).to_have_text("Not decided", timeout=BUILT_MS)
    member.get_by_role("button", name="Versions").click()
    member.get_by_role("option", name="Version 1").click()
    expect(decisions.get_by_role("status")).to_contain_text("Void: another version is current")


def _write_on_when_the_session_has_ended(portal: Portal, page: Page) -> None:
    """Nothing that was written is lost: not what was sent in vain, nor what still stands in the box."""
    page.keyboard.press("c")
    page.keyboard.type("The second line limps")
    page.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    again = page.get_by_role("dialog", name="Your session has ended")
    again.get_by_label("Password").fill(portal.password)
    again.get_by_role("button", name="Log in").click()
    expect(again).to_have_count(0)
    page.get_by_role("alert").get_by_role("button", name="Try again").click()
    arrived = page.locator("article:not([aria-busy=true])").filter(has_text="The second line limps")
    expect(arrived).to_have_count(1)
    page.keyboard.press("c")
    page.keyboard.type("And the third")
    page.reload()
    expect(page.get_by_role("textbox", name="comment")).to_have_value("And the third")


def _upload(page: Page, path: Path, *, button: str | None = None) -> None:
    if button is None:
        page.locator("input[type=file]").first.set_input_files(path)
    else:
        page.get_by_label(button).set_input_files(path)
    expect(tray_row(page, path.name).last).to_contain_text("Ready", timeout=BUILT_MS)
