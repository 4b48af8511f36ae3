"""An asset opens with as few questions in a row as there can be, and its comments are read on any screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.pages import BUILT_MS, Portal, Review, tray_row

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def phone(portal: Portal, chromium: Browser) -> Iterator[Page]:
    """A page of a telephone, on which nothing hovers and the first admin is logged in."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    portal.log_in(page)
    yield page
    context.close()


@pytest.fixture
def note(portal: Portal, member: Page, tmp_path: Path) -> str:
    """The address of a short text with one comment."""
    path = tmp_path / "call-sheet.txt"
    path.write_text("Six o'clock at the bridge\n", encoding="utf-8")
    portal.open_project(member)
    member.locator("input[type=file]").first.set_input_files(path)
    tray_row(member, path.name).get_by_role("link", name="Open").click(timeout=BUILT_MS)
    member.get_by_role("textbox", name="comment").fill("At half past five")
    member.get_by_role("button", name="Send").click()
    expect(member.locator("article:not([aria-busy=true])")).to_have_count(1)
    return member.url


def test_what_plays_is_asked_for_beside_everything_else(member: Page, note: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    member.route("**/api/projects/*", hold)

    with member.expect_response("**/playback"):
        member.goto(note, wait_until="commit")

    assert held
    for route in held:
        route.continue_()
    expect(Review(member).comments("At half past five")).to_be_visible()


def test_on_a_phone_the_comments_are_read_without_scrolling(phone: Page, note: str) -> None:
    phone.goto(note)
    comment, box = Review(phone).comments("At half past five"), phone.get_by_role("textbox", name="comment")
    expect(comment.get_by_role("button", name="Resolve")).to_have_css("opacity", "1")
    expect(phone.get_by_role("button", name="Send")).to_be_hidden()
    seen, below = comment.bounding_box(), box.bounding_box()
    assert seen is not None
    assert below is not None
    assert seen["y"] + seen["height"] <= below["y"]

    box.tap()
    phone.keyboard.type("Or six")
    phone.get_by_role("button", name="Send").tap()

    expect(Review(phone).comments("Or six")).to_be_visible()
