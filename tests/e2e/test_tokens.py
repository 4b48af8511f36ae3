"""API tokens, from the account menu to the program that uses one."""

import http.client
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_token_is_shown_once_works_and_is_dead_once_revoked(portal: Portal, member: Page) -> None:
    member.get_by_role("button", name="Account:").click()
    member.get_by_role("menuitem", name="API tokens").click()
    dialog = member.get_by_role("dialog", name="API tokens")
    dialog.get_by_label("Name").fill("Nightly report")
    dialog.get_by_role("button", name="Make a token").click()
    token = dialog.get_by_label("Token", exact=True).input_value()

    allowed, refused = status_of(portal, token), status_of(portal, token, method="POST")
    dialog.get_by_role("button", name="Done").click()
    row = dialog.get_by_role("listitem").filter(has_text="Nightly report")
    expect(row).to_contain_text("Read")
    expect(dialog).not_to_contain_text(token)
    row.get_by_role("button", name="Revoke Nightly report").click()
    member.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)

    assert (allowed, refused, status_of(portal, token)) == (200, 403, 401)


def status_of(portal: Portal, token: str, *, method: str = "GET") -> int:
    """Ask for the projects, or for a new one, with a token."""
    connection = http.client.HTTPConnection(urlsplit(portal.url).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, "/api/projects", body=b"{}" if method == "POST" else None, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status
