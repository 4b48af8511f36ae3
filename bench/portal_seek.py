"""`portal-seek`: of 200 random seeks at each rate, how many show the very frame, in Chromium, through the edge."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.report import CannotRun, Row
from dam.stack.layout import CHECKOUT
from dam.stack.services import find_free_base_port

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None  # type: ignore[assignment]  # a machine without the browser driver

SEEKS, STEPS = 200, 100
WITHIN_MS = 300_000
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]


def run(full: bool) -> list[Row]:  # noqa: FBT001  the runner calls every benchmark like this
    """Count exact frames, read from the pixels; with `full` steps and stills as well.

    Raises:
        CannotRun: there is no Chromium, no driver for it, or no built portal here.
        RuntimeError: the page could not finish.
    """
    browser = os.environ.get("DAM_CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if sync_playwright is None or browser is None:
        raise CannotRun("it needs Chromium and Playwright")
    if not (CHECKOUT / "portal" / "dist" / "conformance.html").exists():
        raise CannotRun("it needs the built portal: `bin/dam up` builds it")
    asked = f"seeks={SEEKS}" + ("" if full else "&steps=0&stills=0")
    with _platform() as url:
        report = _report(browser, f"{url}/conformance/?{asked}")
    return rows_of(report)


def rows_of(report: dict[str, Any]) -> list[Row]:
    """Judge what the conformance page reported: everything asked for must be exact."""
    rows = []
    for row in report["rows"]:
        if row["error"] is not None:
            raise RuntimeError(f"{row['clip']} {row['format']}: {row['error']}")
        for kind in ("seeks", "steps", "stills"):
            done, exact = row[kind]["done"], row[kind]["exact"]
            if done:
                name = f"{row['clip']} {row['format'].upper()}: exact {kind}"
                ratio = exact / done
                rows.append(Row(name, exact, done, ratio, (ratio, ratio), f"{done}/{done}", exact == done))
    return rows


def _report(browser: str, url: str) -> dict[str, Any]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=_ARGUMENTS)
        page = chromium.new_page()
        page.goto(url)
        page.wait_for_selector("main[data-stage=done]", timeout=WITHIN_MS)
        report: dict[str, Any] = json.loads(page.locator("#report").inner_text())
        chromium.close()
    return report


@contextmanager
def _platform() -> Iterator[str]:
    """Start a platform of its own, and answer the portal's address."""
    place = Path(tempfile.mkdtemp(prefix="dam-bench-seek-"))
    port = find_free_base_port()
    dam = [sys.executable, "-m", "dam.stack"]
    where = ["--data-dir", str(place / "data")]
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    try:
        up = [*dam, "up", "--detach", *where, "--port", str(port)]
        started = subprocess.run(up, env=environment, capture_output=True, text=True, check=False)
        if started.returncode:
            raise RuntimeError(started.stdout + started.stderr)
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run([*dam, "down", *where], env=environment, capture_output=True, check=False)
        shutil.rmtree(place, ignore_errors=True)
