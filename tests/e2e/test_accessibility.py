"""The catalogue for those who do not see it, or not all of it: pages, dialogs and drawers, each as it opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import faults_on
from tests.e2e.pages import Portal, drop_file

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

UPLOADED_MS = 60_000


@pytest.fixture
def faults(member: Page) -> dict[str, list[str]]:
    """What was found, by where."""
    return {}


@pytest.fixture
def look(member: Page, faults: dict[str, list[str]]) -> Callable[..., None]:
    """Look at the page once something is there, and note what is wrong with it."""

    def look(where: str, there: Locator) -> None:
        expect(there.first).to_be_visible()
        if found := faults_on(member):
            faults[where] = found

    return look


def test_every_page_and_dialog_of_the_catalogue_can_be_read_aloud(
    portal: Portal,
    member: Page,
    faults: dict[str, list[str]],
    look: Callable[..., None],
    tmp_path: Path,
) -> None:
    dialog = member.get_by_role("dialog")
    portal.open_project(member)
    cell = _bring_in(member, tmp_path / "read-aloud.txt")

    look("project", cell)
    _look_at_search(member, look, cell)
    member.keyboard.press("Space")
    look("selection", member.get_by_role("button", name="Actions", exact=True))
    _look_at_actions(member, look)
    member.get_by_role("button", name="Tag", exact=True).click()
    look("tags", dialog)
    member.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    cell.focus()
    member.keyboard.press("Enter")
    for tab, part in (("Details", "Information"), ("Versions", "Versions"), ("Activity", "Activity")):
        member.get_by_role("tab", name=tab).click()
        look(tab, member.get_by_role("region", name=part))
    for path in ("activity", "duplicates"):
        member.goto(f"{portal.url}/p/{portal.project}/{path}")
        look(path, member.get_by_role("heading", level=1))
    _look_at_administration(portal, member, look)
    member.goto(f"{portal.url}/a/{portal.project}")
    look("nothing", member.get_by_role("heading", name="There is nothing here"))

    assert faults == {}


def _look_at_search(member: Page, look: Callable[..., None], cell: Locator) -> None:
    """The help of the search box and the filters, which stay open."""
    dialog = member.get_by_role("dialog")
    member.get_by_role("button", name="What can be searched for").click()
    look("search help", dialog)
    member.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    # The help's button has the focus again, and with it the tooltip that says what it is.
    cell.focus()
    expect(member.get_by_role("tooltip")).to_have_count(0)
    member.keyboard.press("f")
    look(
        "filters", member.get_by_role("complementary", name="Filters").get_by_role("button", name="Document")
    )
    cell.focus()


def _look_at_administration(portal: Portal, member: Page, look: Callable[..., None]) -> None:
    member.goto(f"{portal.url}/settings")
    look("settings", member.get_by_label("Days in the trash"))
    member.get_by_role("link", name="Storage").click()
    look(
        "storage",
        member.get_by_role("region", name="Stored on").or_(member.get_by_text("Nothing has been written")),
    )
    member.get_by_role("link", name="Fields").click()
    member.get_by_role("button", name="New field").click()
    look("new field", member.get_by_role("dialog").get_by_label("Name"))


def test_on_a_narrow_screen_panels_slide_over_the_list_and_nothing_sticks_out(
    portal: Portal,
    member: Page,
    faults: dict[str, list[str]],
    look: Callable[..., None],
) -> None:
    member.set_viewport_size({"width": 390, "height": 844})
    portal.open_project(member)
    for panel in ("Library", "Filters"):
        opener = member.get_by_role("button", name=panel, exact=True)
        opener.click()
        look(panel, member.get_by_role("dialog", name=panel))
        member.keyboard.press("Escape")
        expect(opener).to_be_focused()
    for path in ("/", f"/p/{portal.project}", "/fields", "/mirrors", "/settings", "/storage"):
        member.goto(portal.url + path)
        expect(member.get_by_role("heading", level=1)).to_be_visible()
        assert member.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path

    assert faults == {}


def _look_at_actions(page: Page, look: Callable[..., None]) -> None:
    actions = page.get_by_role("button", name="Actions", exact=True)
    for command in ("Set a field…", "Add to a collection…", "Move to trash"):
        actions.click()
        page.get_by_role("menuitem", name=command).click()
        look(command, page.get_by_role("dialog").or_(page.get_by_role("alertdialog", name=command)))
        page.keyboard.press("Escape")
        expect(actions).to_be_focused()


def _bring_in(page: Page, path: Path) -> Locator:
    path.write_text(f"{path.stem}\n", encoding="utf-8")
    drop_file(page, path)
    cell = page.get_by_role("gridcell", name=path.stem, exact=True)
    expect(cell).to_be_visible(timeout=UPLOADED_MS)
    return cell
