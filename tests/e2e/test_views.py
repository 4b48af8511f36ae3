"""The views of a project: the folders that were sent, a collection arranged by hand, a shoot, months and tags."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

#: A job over a few assets, on a machine that does other things too.
JOB_MS = 60_000


def test_a_folder_is_sent_arranged_as_a_collection_and_made_a_shoot(
    portal: Portal, member: Page, tmp_path: Path
) -> None:
    portal.open_project(member)
    titles = ["view-one", "view-two", "view-three"]
    folder = tmp_path / "Day 1"
    folder.mkdir()
    for title in titles:
        (folder / f"{title}.txt").write_text(f"{title}\n", encoding="utf-8")
    with member.expect_file_chooser() as chooser:
        member.get_by_role("button", name="Upload a folder").click()
    chooser.value.set_files(folder)
    for title in titles:
        expect(_cell(member, title)).to_be_visible(timeout=JOB_MS)

    _collect(member, titles, name="Running order")
    member.get_by_role("link", name="Running order").click()
    expect(member.get_by_role("heading", name="Running order")).to_be_visible()
    # All assets of the project are in it: only a fresh page shows nothing of the list before.
    member.reload()
    cells = member.get_by_role("gridcell")
    expect(cells).to_have_count(3)
    _move_the_first(member, cells)
    _go_through(member, cells)

    _select(member, "view-one")
    _make_a_shoot(member, "Harbour day")
    views = member.get_by_role("navigation", name="Views of the project")
    views.get_by_role("link", name="Shoots").click()
    member.get_by_role("link", name="Harbour day").click()
    expect(cells).to_have_count(1)
    expect(_cell(member, "view-one")).to_be_visible()

    views.get_by_role("link", name="Months").click()
    expect(member.get_by_role("list", name="The newest of").get_by_role("link")).not_to_have_count(0)
    views.get_by_role("link", name="Folders").click()
    member.get_by_role("link", name="Day 1").click()
    expect(member.get_by_role("region", name="In this folder")).to_contain_text("view-one")
    views.get_by_role("link", name="Tags").click()
    expect(member.get_by_role("searchbox", name="Find a tag")).to_be_visible()


def _collect(page: Page, titles: list[str], *, name: str) -> None:
    page.get_by_role("button", name="New collection").click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("button", name="Create collection").click()
    for title in titles:
        _select(page, title)
    _act(page, "Add to a collection")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text(f"{len(titles)} assets done")).to_be_visible(timeout=JOB_MS)


def _move_the_first(page: Page, cells: Locator) -> None:
    first, second = (cells.nth(at).get_attribute("aria-label") or "" for at in (0, 1))
    cells.nth(0).focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.get_by_text("Moved to place 2 of 3")).to_be_attached()
    expect(cells.nth(0)).to_have_accessible_name(second)
    page.reload()
    expect(cells.nth(1)).to_have_accessible_name(first)


def _go_through(page: Page, cells: Locator) -> None:
    second = cells.nth(1).get_attribute("aria-label") or ""
    cells.nth(0).get_by_role("link").click()
    beside = page.get_by_role("navigation", name="Assets beside this one")
    expect(beside).to_contain_text("1 of 3")
    beside.get_by_role("button", name="Next asset").press("Enter")
    expect(beside).to_contain_text("2 of 3")
    expect(page.get_by_role("heading", name=second, level=1)).to_be_visible()
    expect(beside.get_by_role("button", name="Next asset")).to_be_focused()
    page.get_by_role("link", name="Back to").click()
    expect(page.get_by_role("heading", name="Running order")).to_be_visible()
    expect(cells.nth(1)).to_be_focused()


def _make_a_shoot(page: Page, name: str) -> None:
    _act(page, "Put into a shoot")
    shoot = page.get_by_role("dialog", name="Put 1 asset into a shoot")
    shoot.get_by_role("textbox", name="Name").fill(name)
    shoot.get_by_role("button", name="Make the shoot").click()


def _cell(page: Page, title: str) -> Locator:
    return page.get_by_role("gridcell", name=title, exact=True)


def _select(page: Page, title: str) -> None:
    _cell(page, title).hover()
    page.get_by_role("button", name=f"Select {title}", exact=True).click()


def _act(page: Page, action: str) -> None:
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("menuitem", name=action).click()
