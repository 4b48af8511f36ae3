"""The links of our messages lead somewhere: an address is proven, a forgotten password is set anew."""

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import Portal

pytestmark = pytest.mark.e2e


def test_somebody_signs_up_forgets_the_password_and_gets_in(portal: Portal, visitor: Callable[[], Page]):
    email = f"{secrets.token_hex(4)}@example.test"
    page = visitor()
    page.goto(f"{portal.url}/signup")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(secrets.token_urlsafe(12))
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()

    proof = portal.last_link(email, page="verify-email")
    page.goto(proof)
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()
    page.goto(f"{proof}x")
    expect(page.get_by_role("alert")).to_contain_text("expired")

    page.goto(f"{portal.url}/login")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    page.goto(portal.last_link(email, page="login/recover"))
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_text("This password is too short")).to_be_visible()
    password = secrets.token_urlsafe(12)
    page.get_by_label("New password").fill(password)
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()

    page.get_by_role("link", name="Back to log-in").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("You do not belong to an organisation yet")).to_be_visible()


def test_who_is_invited_signs_up_under_that_address_and_finds_the_project(
    portal: Portal, member: Page, visitor: Callable[[], Page]
):
    email, password = f"{secrets.token_hex(4)}@example.test", secrets.token_urlsafe(12)
    portal.open_project(member)
    member.get_by_role("button", name="People").click()
    people = member.get_by_role("dialog")
    people.get_by_label("E-mail").fill(email)
    people.get_by_role("button", name="Add").click()
    expect(people.get_by_text(email)).to_be_visible()

    page = visitor()
    page.goto(portal.last_link(email, page="signup"))
    expect(page.get_by_text("You are invited")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    page.goto(portal.last_link(email, page="verify-email"))
    page.get_by_role("link", name="Back to log-in").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()

    page.get_by_role("link", name="First project").click()
    expect(page.get_by_role("heading", name="First project", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Upload", exact=True)).to_have_count(0)
