"""What is played outlives its addresses: tokens are swapped while it plays, and a link that is taken back says so."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.clips import Clip
from tests.e2e.conftest import TOKEN_TTL_S
from tests.e2e.pages import BUILT_MS, Portal, Review, share_asset, tray_row

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SECONDS, RATE = 50, 25
#: Each request takes so long that segments come one by one while it plays, twice as fast as they are shown.
LATENCY_MS = 450
PLAY_FAST = """() => {
  document.querySelector("video").playbackRate = 2;
}"""
#: A busy machine may also be late to begin or to decode; here it is the addresses that must not keep it waiting.
COUNT_STALLS = """() => {
  const video = document.querySelector("video");
  const left = () => video.buffered.length ? video.buffered.end(video.buffered.length - 1) - video.currentTime : 0;
  window.stalls = 0;
  video.addEventListener("waiting", () => { window.stalls += left() < 0.5; });
}"""
BEGUN = 10
HAS_REACHED = "(seconds) => document.querySelector('video').currentTime > seconds"


def test_a_player_outlives_its_addresses_and_a_revoked_link_says_so(
    portal: Portal, member: Page, visitor: Callable[[], Page], clip_of: Callable[[Clip], Path]
) -> None:
    portal.open_project(member)
    member.locator("input[type=file]").first.set_input_files(clip_of(Clip("long", str(RATE), SECONDS * RATE)))
    row = tray_row(member, "long.mov")
    expect(row).to_contain_text("Ready", timeout=BUILT_MS)
    row.get_by_role("link", name="Open").click()
    tokens, statuses, refused = listen(member)

    slow_down(member)
    Review(member).ready()
    play(member)
    member.wait_for_function(HAS_REACHED, arg=BEGUN, timeout=60_000)
    member.evaluate(COUNT_STALLS)
    member.wait_for_function(HAS_REACHED, arg=SECONDS - 8, timeout=60_000)

    assert len(tokens) >= 3
    assert set(statuses) == {200, 401}
    assert (len(refused), statuses.count(401)) == (1, 1)
    assert member.evaluate("window.stalls") == 0
    expect(member.get_by_role("alert")).to_have_count(0)

    url = share_asset(member)
    paused, playing = visitor(), visitor()
    for guest in (paused, playing):
        # A player loads ahead what there is room for, which is all of this film: it has not come far by then.
        slow_down(guest, latency_ms=2 * LATENCY_MS)
        guest.goto(url)
        Review(guest).ready()
    play(playing)
    revoke(member)
    # Who plays is told by the edge, and who begins when the address has ended by the page's own server.
    expect(playing.get_by_role("alert").first).to_contain_text("no longer valid")
    paused.wait_for_timeout(TOKEN_TTL_S * 1000)
    paused.keyboard.press("Space")
    expect(paused.get_by_role("alert").first).to_contain_text("no longer valid")


def slow_down(page: Page, *, latency_ms: int = LATENCY_MS) -> None:
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency_ms, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def listen(page: Page) -> tuple[set[str], list[int], list[str]]:
    """Note the tokens and statuses of all segments; one segment is refused once, as with a token that has ended."""
    tokens: set[str] = set()
    statuses: list[int] = []
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(status=401, headers={"Access-Control-Allow-Origin": "*"})

    def note(request: Request) -> None:
        if "/hls/" not in request.url or not request.url.endswith(".m4s"):
            return
        answer = request.response()
        tokens.add(request.url.split("/e/")[1].split("/")[0])
        statuses.append(answer.status if answer else 0)

    page.route("**/hls/*/v0/00017.m4s", refuse_once)
    page.on("requestfinished", note)
    return tokens, statuses, refused


def play(page: Page) -> None:
    page.keyboard.press("Space")
    page.wait_for_function(HAS_REACHED, arg=0.2)
    page.evaluate(PLAY_FAST)


def revoke(page: Page) -> None:
    """Take the newest link back, as the dialog does."""
    page.evaluate(
        """async () => {
            const shares = await (await fetch("/api/shares?limit=1")).json();
            const csrf = document.cookie.split("; ").find((each) => each.includes("csrf")).split("=")[1];
            await fetch(`/api/shares/${shares.results[0].id}`, { method: "DELETE", headers: { "X-CSRFToken": csrf } });
        }"""
    )
