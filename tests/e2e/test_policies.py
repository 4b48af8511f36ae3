"""No page breaks the content security policy: not the portal's, not a share's, not the API's document."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import Portal

pytestmark = pytest.mark.e2e


def test_pages_for_strangers_keep_the_policy(portal: Portal, visitor: Callable[[], Page]):
    page = visitor()

    for path in (
        "/login",
        "/signup",
        "/login/recover",
        "/verify-email/x",
        "/s/guessed-token",
        "/nothing-here",
    ):
        page.goto(f"{portal.url}{path}")
        page.wait_for_load_state("networkidle")


def test_pages_for_members_keep_the_policy(portal: Portal, member: Page):
    for path in ("/", f"/p/{portal.project}", "/a/nothing", "/people"):
        member.goto(f"{portal.url}{path}")
        member.wait_for_load_state("networkidle")


def test_the_api_document_opens_and_keeps_the_policy(portal: Portal, visitor: Callable[[], Page]):
    page = visitor()
    # What lies further down is drawn when it is scrolled to, or named.
    page.goto(f"{portal.url}/api/docs/#/orgs/get_me")
    operation = page.locator("#operations-orgs-get_me")

    expect(operation.get_by_text("Return the caller and the caller's organisations.")).to_be_visible()
