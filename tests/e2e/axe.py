"""What axe-core finds on a page, in its own words; the portal's packages bring it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from dam.stack.layout import CHECKOUT

SCRIPT = CHECKOUT / "portal" / "node_modules" / "axe-core" / "axe.min.js"

#: What fades in has too little contrast until it is there.
_AT_REST = """() => Promise.all(
  document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime < 5000).map((each) => each.finished)
).catch(() => null)"""
#: The announcer of React Aria is filled and emptied as it speaks. A cell of the grid is called by its title alone, and
#: described by the rest of what it shows.
_RUN = """() => axe.run({exclude: [["[data-live-announcer]"]]}, {
  resultTypes: ["violations"],
  rules: {"label-content-name-mismatch": {enabled: false}},
})"""


def faults_on(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands, each with the elements at fault."""
    # By the debugger: the content security policy lets no script in by the page.
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": SCRIPT.read_text(encoding="utf-8")})
    session.detach()
    page.evaluate(_AT_REST)
    found: dict[str, Any] = page.evaluate(_RUN)
    return [
        f"{each['id']}: {each['help']}: {' | '.join(node['html'][:160] for node in each['nodes'])}"
        for each in found["violations"]
    ]
