"""The whole platform on ports of its own, and a real browser in front of it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from dam.stack.layout import CHECKOUT
from dam.stack.services import find_free_base_port
from tests.e2e import axe
from tests.e2e.clips import Clip, make_clip
from tests.e2e.pages import Portal
from tests.stack.running import Stack

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("DAM_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)

#: Addresses live so short that whatever is played outlives its own.
TOKEN_TTL_S = 5

# A whole platform shares the machine with other tests.
expect.set_options(timeout=30_000)

collect_ignore_glob = [] if CHROMIUM else ["test_*.py"]
_READ_ALOUD = ("test_accessibility.py", "test_accessibility_of_review.py")
collect_ignore = [] if axe.SCRIPT.exists() else [*_READ_ALOUD]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not CHROMIUM:
        terminalreporter.line("not run here: tests/e2e (no Chromium)")
    elif not axe.SCRIPT.exists():
        terminalreporter.line(
            f"not run here: {', '.join(_READ_ALOUD)} of tests/e2e (no axe-core in portal/node_modules)"
        )


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    if not (CHECKOUT / "portal" / "dist" / "index.html").exists():
        subprocess.run([sys.executable, "bin/build_portal.py", str(CHECKOUT)], cwd=CHECKOUT, check=True)
    stack = Stack(tmp_path_factory.mktemp("e2e") / "data", find_free_base_port())
    started = stack.up(EDGE_TOKEN_TTL=str(TOKEN_TTL_S))
    assert started.returncode == 0, started.stdout + started.stderr
    told = json.loads((stack.data_dir / "credentials.json").read_text(encoding="utf-8"))
    url, mail = f"http://127.0.0.1:{stack.port}", stack.data_dir / "mail"
    yield Portal(url, told["email"], told["password"], told["project"], mail)
    stack.dam("down")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """Return a maker of pages that share nothing; none may break the content security policy or throw."""
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    contexts = []

    def make() -> Page:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def member(portal: Portal, visitor: Callable[[], Page]) -> Page:
    """A page on which the first admin is logged in."""
    page = visitor()
    portal.log_in(page)
    return page


@pytest.fixture
def clip_of(tmp_path: Path) -> Callable[[Clip], Path]:
    return lambda clip: make_clip(clip, directory=tmp_path)
