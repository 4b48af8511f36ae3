"""The pages of the portal, as people see them: by roles and names, never by markup."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

#: Building the previews of a short clip, on a machine that does other things too.
BUILT_MS = 120_000


@dataclass(frozen=True)
class Portal:
    """Where the portal is, and who may log in."""

    url: str
    email: str
    password: str
    project: str
    #: Where the platform puts its messages while it has no server for them.
    mail: Path

    def last_link(self, to: str, *, page: str) -> str:
        """Return the link to a page in the newest message to an address, once there is one."""
        deadline = time.monotonic() + BUILT_MS / 1000
        while time.monotonic() < deadline:
            for file in sorted(self.mail.glob("*"), key=lambda each: each.stat().st_mtime_ns, reverse=True):
                text = file.read_text(encoding="utf-8")
                link = re.search(rf"https?://\S+/{page}[/?]\S+", text)
                if to in text and link:
                    return link[0]
            time.sleep(0.05)
        raise AssertionError(f"no message to {to} with a link to {page}")

    def log_in(self, page: Page, *, path: str = "/") -> None:
        page.goto(self.url + path)
        page.get_by_label("E-mail").fill(self.email)
        page.get_by_label("Password").fill(self.password)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("navigation", name="Main navigation")).to_be_visible()

    def open_project(self, page: Page) -> None:
        page.goto(f"{self.url}/p/{self.project}")
        expect(page.get_by_role("grid")).to_be_attached()


def drop_file(page: Page, path: Path) -> None:
    """Drop a file from outside onto the page, as a file manager would."""
    transfer = page.evaluate_handle("() => new DataTransfer()")
    page.evaluate(
        """([transfer, name, bytes]) => {
            const file = new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name);
            transfer.items.add(file);
        }""",
        [transfer, path.name, _base64(path)],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("body", event, {"dataTransfer": transfer})


def _base64(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()


def tray_row(page: Page, name: str) -> Locator:
    """Return the line of an upload."""
    return page.get_by_role("region", name="Uploads").get_by_role("listitem").filter(has_text=name)


def share_asset(page: Page, *, watermark: str | None = None, per_viewer: bool = False) -> str:
    """Make a link to the asset on the page, and return it; it is shown this once."""
    page.get_by_role("button", name="Share", exact=True).click()
    if watermark is not None:
        page.get_by_text("Watermark everything").click()
        page.get_by_label("Text", exact=True).fill(watermark)
        if per_viewer:
            page.get_by_text("With each visitor's name and e-mail").click()
    page.get_by_role("button", name="Create link").click()
    url = page.get_by_label("Link", exact=True).input_value()
    page.get_by_role("button", name="Done").click()
    return url


@dataclass(frozen=True)
class Review:
    """The room in which one version is looked at."""

    page: Page

    def ready(self) -> Review:
        expect(self.page.get_by_role("slider", name="Timeline")).to_be_visible(timeout=BUILT_MS)
        self.page.wait_for_function("() => document.querySelector('video')?.readyState >= 2", timeout=30_000)
        return self

    @property
    def position(self) -> Locator:
        return self.page.get_by_role("button", name="Timecode:")

    def count_frames(self) -> None:
        """Show frame numbers instead of timecode."""
        self.page.get_by_role("button", name="Show timecode, frames or time").click()

    def go_to(self, position: str) -> None:
        self.position.click()
        self.page.get_by_label("Go to timecode").fill(position)
        self.page.keyboard.press("Enter")
        expect(self.position).to_have_text(position)

    def comment(self, text: str) -> None:
        self.page.keyboard.press("c")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Control+Enter")

    def comments(self, text: str) -> Locator:
        return self.page.get_by_role("article").filter(has_text=text)
