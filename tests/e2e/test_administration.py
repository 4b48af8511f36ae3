"""What administrators do for a whole organisation: set it up, and see what it stores."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import Portal

pytestmark = pytest.mark.e2e


def test_fewer_days_in_the_trash_are_asked_about_before_they_count(portal: Portal, member: Page) -> None:
    member.goto(portal.url)
    member.get_by_role("link", name="Administration").click()
    days = member.get_by_label("Days in the trash")
    expect(days).to_have_value("30")
    days.fill("0")
    member.get_by_role("button", name="Save").click()
    expect(member.get_by_text("Must be a whole number")).to_be_visible()

    days.fill("7")
    days.press("Enter")
    asking = member.get_by_role("alertdialog", name="Fewer days in the trash")
    expect(asking).to_contain_text("longer than 7 days")
    asking.get_by_role("button", name="Change all the same").click()
    expect(member.get_by_text("The settings are saved")).to_be_visible()
    member.reload()
    expect(days).to_have_value("7")

    # More days put nothing at risk, and need no asking.
    member.get_by_role("button", name="Use the platform's number (30)").click()
    expect(days).to_have_value("30")
    expect(member.get_by_text("The platform's number.")).to_be_visible()


def test_what_is_stored_is_fetched_as_a_table(portal: Portal, member: Page) -> None:
    member.goto(f"{portal.url}/storage")
    member.get_by_role("button", name="By project").click()
    member.get_by_role("option", name="By day").click()
    expect(member).to_have_url(f"{portal.url}/storage?group=organization")
    with member.expect_download() as fetched:
        member.get_by_role("link", name="Table (CSV)").click()
    heading = Path(fetched.value.path()).read_text(encoding="utf-8").splitlines()[0]
    assert heading.startswith("day,")
    assert "master_bytes" in heading
