"""The catalogue as people work in it: say what an asset is, find it, work over many, take things back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import Portal, drop_file

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

#: A job over a few assets, on a machine that does other things too.
JOB_MS = 60_000


def test_what_is_said_of_assets_finds_them_and_can_be_taken_back(
    portal: Portal, member: Page, tmp_path: Path
) -> None:
    _apply_preset(portal, member, name="Production")
    portal.open_project(member)
    titles = ["catalogue-dawn", "catalogue-dusk"]
    for title in titles:
        _drop_text(member, tmp_path / f"{title}.txt")
    for title in titles:
        expect(_cell(member, title)).to_be_visible(timeout=JOB_MS)

    _cell(member, "catalogue-dawn").get_by_role("link").click()
    member.get_by_role("tab", name="Details").click()
    information = member.get_by_role("region", name="Information")
    information.get_by_label("Take").fill("many")
    information.get_by_label("Take").press("Enter")
    expect(information).to_contain_text("Must be a number.")
    information.get_by_label("Take").press("Escape")
    information.get_by_label("Scene").fill("42A")
    information.get_by_label("Scene").press("Enter")
    expect(information.get_by_role("status")).to_have_text("Saved")
    _add_tag(information, "harbour", to="Tags")
    expect(information.get_by_role("row", name="harbour")).to_be_visible()
    member.get_by_role("tab", name="Activity").click()
    expect(member.get_by_role("region", name="Activity")).to_contain_text("42A")

    portal.open_project(member)
    _search(member, "scene:42A")
    expect(_cell(member, "catalogue-dawn")).to_be_visible()
    expect(_cell(member, "catalogue-dusk")).to_have_count(0)

    _search(member, "")
    expect(_cell(member, "catalogue-dusk")).to_be_visible()
    member.get_by_role("button", name="Filters").click()
    counted = member.get_by_role("complementary", name="Filters")
    counted.get_by_role("button", name=re.compile("^harbour")).click()
    expect(_cell(member, "catalogue-dusk")).to_have_count(0)
    counted.get_by_role("button", name="Leave out harbour").click()
    expect(_cell(member, "catalogue-dusk")).to_be_visible()
    expect(_cell(member, "catalogue-dawn")).to_have_count(0)


def test_a_form_that_was_refused_is_mended_and_sent_again(portal: Portal, member: Page) -> None:
    member.goto(f"{portal.url}/fields")
    member.get_by_role("button", name="New field").click()
    dialog = member.get_by_role("dialog", name="New field")
    dialog.get_by_label("Name").fill("Rights")
    dialog.get_by_label("Key").fill("Not a key!")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("lower-case letters")
    dialog.get_by_label("Key").fill("rights")
    dialog.get_by_role("button", name="Save").click()
    expect(member.get_by_role("rowheader", name="Rights")).to_be_visible()


def test_many_assets_are_tagged_trashed_and_brought_back(
    portal: Portal, member: Page, tmp_path: Path
) -> None:
    portal.open_project(member)
    titles = ["bulk-one", "bulk-two"]
    for title in titles:
        _drop_text(member, tmp_path / f"{title}.txt")
    for title in titles:
        expect(_cell(member, title)).to_be_visible(timeout=JOB_MS)
        _select(member, title)
    expect(member.get_by_text("2 selected")).to_be_visible()

    member.get_by_role("button", name="Tag", exact=True).click()
    _add_tag(member.get_by_role("dialog"), "together", to="Tags to add")
    member.get_by_role("button", name="Apply").click()
    expect(member.get_by_text("2 assets done")).to_be_visible(timeout=JOB_MS)
    _search(member, "together")
    expect(_cell(member, "bulk-two")).to_be_visible()
    member.get_by_role("button", name="Undo").click()
    expect(member.get_by_text("2 assets are as before")).to_be_visible(timeout=JOB_MS)
    expect(member.get_by_text("No asset matches these filters.")).to_be_visible()

    _search(member, "")
    _select(member, "bulk-one")
    member.get_by_role("button", name="Actions", exact=True).click()
    member.get_by_role("menuitem", name="Move to trash").click()
    member.get_by_role("alertdialog", name="Move to trash").get_by_role(
        "button", name="Move to trash"
    ).click()
    expect(_cell(member, "bulk-one")).to_have_count(0, timeout=JOB_MS)
    member.get_by_role("link", name="Trash").click()
    _select(member, "bulk-one")
    member.get_by_role("button", name="Delete for ever").click()
    costs = member.get_by_role("alertdialog", name="Delete 1 asset for ever")
    expect(costs).to_contain_text("Costs now")
    costs.get_by_role("button", name="Cancel").click()
    member.get_by_role("button", name="Restore").click()
    expect(_cell(member, "bulk-one")).to_have_count(0, timeout=JOB_MS)
    member.get_by_role("link", name="All assets").click()
    expect(_cell(member, "bulk-one")).to_be_visible()


def test_what_lies_beside_a_version_is_added_and_taken_away(
    portal: Portal, member: Page, tmp_path: Path
) -> None:
    portal.open_project(member)
    _drop_text(member, tmp_path / "has-subtitles.txt")
    _cell(member, "has-subtitles").get_by_role("link").click(timeout=JOB_MS)
    member.get_by_role("tab", name="Details").click()
    spoken = tmp_path / "spoken.srt"
    spoken.write_text("1\n00:00:01,000 --> 00:00:02,000\nAhoy\n", encoding="utf-8")
    beside = member.get_by_role("region", name="Sidecars")
    with member.expect_file_chooser() as chooser:
        beside.get_by_role("button", name="Add a sidecar").click()
    chooser.value.set_files(spoken)
    expect(beside.get_by_role("listitem")).to_contain_text("spoken.srt")

    beside.get_by_role("button", name="Take spoken.srt away").click()
    member.get_by_role("alertdialog").get_by_role("button", name="Take away").click()
    expect(member.get_by_text("Its bytes stay locked until")).to_be_visible()
    expect(beside.get_by_role("listitem")).to_have_count(0)
    member.get_by_role("tab", name="Activity").click()
    expect(member.get_by_role("region", name="Activity")).to_contain_text("Took a sidecar away")


def test_rows_that_an_import_cannot_take_are_listed_and_all_of_them_come_as_a_table(
    portal: Portal, member: Page, tmp_path: Path
) -> None:
    rows, listed = 1_050, 1_000
    table = tmp_path / "metadata.csv"
    table.write_text("name,title\n" + "nowhere.mov,Lost\n" * rows, encoding="utf-8")
    portal.open_project(member)
    member.get_by_role("button", name="Export or import metadata").click()
    member.get_by_role("menuitem", name="Import metadata…").click()
    dialog = member.get_by_role("dialog", name="Import metadata")
    with member.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(table)
    dialog.get_by_role("button", name="Check").click()

    refused = dialog.get_by_role("region", name="Rows that cannot be taken")
    expect(refused).to_contain_text(f"and {rows - listed} more", timeout=JOB_MS)
    expect(refused.get_by_role("row")).to_have_count(1 + listed)
    with member.expect_download() as download:
        dialog.get_by_role("link", name="as a table (CSV)").click()
    assert len(download.value.path().read_text(encoding="utf-8").splitlines()) == 1 + rows


def _apply_preset(portal: Portal, page: Page, *, name: str) -> None:
    page.goto(f"{portal.url}/fields")
    page.get_by_role("button", name="Apply a preset").click()
    page.get_by_role("menuitem", name=name).click()
    expect(page.get_by_role("rowheader", name="Scene")).to_be_visible()


def _drop_text(page: Page, path: Path) -> None:
    path.write_text(f"{path.stem}\n", encoding="utf-8")
    drop_file(page, path)


def _cell(page: Page, title: str) -> Locator:
    return page.get_by_role("gridcell", name=title, exact=True)


def _select(page: Page, title: str) -> None:
    _cell(page, title).hover()
    page.get_by_role("button", name=f"Select {title}", exact=True).click()


def _add_tag(where: Locator, tag: str, *, to: str) -> None:
    box = where.get_by_role("combobox", name=f"Add to {to}", exact=True)
    box.fill(tag)
    box.press("Enter")


def _search(page: Page, query: str) -> None:
    page.get_by_role("searchbox", name="Search assets").fill(query)
