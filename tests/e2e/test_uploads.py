"""Uploads survive what browsers go through."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.clips import READ_FRAME, Clip
from tests.e2e.pages import BUILT_MS, Portal, Review, tray_row

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MIB = 1024 * 1024
REMEMBERED = """() => new Promise((resolve, reject) => {
    const opening = indexedDB.open('dam-uploads');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
        const reading = opening.result.transaction('sessions').objectStore('sessions').getAll();
        reading.onerror = () => reject(reading.error);
        reading.onsuccess = () => {
            opening.result.close();
            resolve(Math.max(0, ...reading.result.map(session => session.sentBytes)));
        };
    };
})"""


def test_an_upload_goes_on_after_a_reload_when_the_file_is_picked_again(
    portal: Portal, member: Page, tmp_path: Path
) -> None:
    path = tmp_path / "master.bin"
    path.write_bytes(b"\x5a" * (40 * MIB))
    sent: list[str] = []
    hold = _hold_part(member, number=3, sent=sent)
    portal.open_project(member)
    member.locator("input[type=file]").first.set_input_files(path)
    expect(tray_row(member, path.name)).to_contain_text("33.6 MB of 41.9 MB")
    # Sent is not yet received: the browser remembers a part once storage has answered it.
    _wait_until_remembered(member, 2 * 16 * MIB)

    member.on("dialog", lambda dialog: dialog.accept())
    member.reload()
    sent.clear()
    hold.set()
    member.get_by_role("button", name="Uploads").click()
    row = tray_row(member, path.name)
    expect(row).to_contain_text("Interrupted at 80 %")
    with member.expect_file_chooser() as chooser:
        row.get_by_role("button", name="Pick the file again").click()
    chooser.value.set_files(path)

    expect(row.get_by_role("link", name="Open")).to_be_visible(timeout=BUILT_MS)
    assert [_part_number(url) for url in sent] == [3]


def test_a_text_that_calls_itself_a_film_says_so(portal: Portal, member: Page, tmp_path: Path) -> None:
    path = tmp_path / "not-a-film.mov"
    path.write_text("No picture in here.\n" * 400, encoding="utf-8")
    portal.open_project(member)
    member.locator("input[type=file]").first.set_input_files(path)
    row = tray_row(member, path.name)
    expect(row).to_contain_text("no preview could be made", timeout=BUILT_MS)

    row.get_by_role("link", name="Open").click()

    expect(member.get_by_role("heading", name="No preview of this file")).to_be_visible()
    expect(member.get_by_text("plain text")).to_be_visible()
    expect(member.get_by_role("button", name="Build again")).to_be_visible()


def test_a_deep_link_survives_the_log_in_and_opens_on_its_frame(
    portal: Portal, member: Page, visitor: Callable[[], Page], clip_of: Callable[[Clip], Path]
) -> None:
    portal.open_project(member)
    member.locator("input[type=file]").first.set_input_files(clip_of(Clip("linked", "25", 60)))
    row = tray_row(member, "linked.mov")
    expect(row).to_contain_text("Ready", timeout=BUILT_MS)
    target = row.get_by_role("link", name="Open").get_attribute("href")

    stranger = visitor()
    portal.log_in(stranger, path=f"{target}?frame=30")

    expect(stranger.get_by_role("button", name="Timecode:")).to_have_text("00:00:01:05")
    # The position is told at once; the picture follows when its segment is here.
    stranger.wait_for_function(f"() => ({READ_FRAME})() === 30", timeout=30_000)


def test_a_new_version_comes_from_the_menu_of_the_asset(
    portal: Portal, member: Page, clip_of: Callable[[Clip], Path]
) -> None:
    portal.open_project(member)
    member.locator("input[type=file]").first.set_input_files(clip_of(Clip("cut-1", "25", 30)))
    row = tray_row(member, "cut-1.mov")
    expect(row).to_contain_text("Ready", timeout=BUILT_MS)
    row.get_by_role("link", name="Open").click()
    Review(member).ready()

    member.get_by_role("button", name="More actions").first.click()
    with member.expect_file_chooser() as chooser:
        member.get_by_role("menuitem", name="Upload a new version").click()
    chooser.value.set_files(clip_of(Clip("cut-2", "25", 40)))

    expect(tray_row(member, "cut-2.mov")).to_contain_text("Ready", timeout=BUILT_MS)
    expect(member.get_by_role("button", name="Version 2")).to_be_visible()


def _is_part(url: str) -> bool:
    return "partNumber=" in url


def _part_number(url: str) -> int:
    return int(url.split("partNumber=")[1].split("&", maxsplit=1)[0])


def _wait_until_remembered(page: Page, size_bytes: int, *, timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while page.evaluate(REMEMBERED) != size_bytes:
        assert time.monotonic() < deadline, "storage answered no part"
        page.wait_for_timeout(50)


def _hold_part(page: Page, *, number: int, sent: list[str]) -> Event:
    """Let every part through but one, which never gets an answer."""
    released = Event()

    def judge(route: Route) -> None:
        sent.append(route.request.url)
        if _part_number(route.request.url) != number or released.is_set():
            route.continue_()

    page.route(_is_part, judge)
    return released
