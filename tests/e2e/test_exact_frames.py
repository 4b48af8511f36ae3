"""The frame that is named is the frame on screen."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.clips import READ_FRAME, Clip, frame_on_screen
from tests.e2e.pages import BUILT_MS, Portal, Review, tray_row

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CLIPS = [
    Clip("film", "24000/1001", 120),
    Clip("pal", "25", 130),
    Clip("ntsc", "30000/1001", 150, timecode="00:59:58;00"),
    Clip("sport", "60000/1001", 200),
    # Too short for a stream: the file itself is played.
    Clip("blink", "25", 12),
]
SEEKS = 25
STEPS = 10


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_seeks_and_steps_show_the_frame_they_name(
    portal: Portal, member: Page, clip_of: Callable[[Clip], Path], clip: Clip
) -> None:
    portal.open_project(member)
    member.locator("input[type=file]").first.set_input_files(clip_of(clip))
    row = tray_row(member, f"{clip.name}.mov")
    expect(row).to_contain_text("Ready", timeout=BUILT_MS)
    row.get_by_role("link", name="Open").click()
    room = Review(member).ready()
    assert frame_on_screen(member) == 0
    room.count_frames()
    expect(room.position).to_have_text("0")

    chance = random.Random(clip.name)  # noqa: S311 - repeatable places, no secret
    edges = [0, 1, clip.frames - 2, clip.frames - 1]
    for frame in [*edges, *(chance.randrange(clip.frames) for _ in range(SEEKS))]:
        room.go_to(str(frame))
        assert member.evaluate(READ_FRAME) == frame

    room.go_to("1")
    member.get_by_role("slider", name="Timeline").focus()
    for frame in range(2, min(STEPS, clip.frames - 1)):
        member.keyboard.press("ArrowRight")
        expect(room.position).to_have_text(str(frame))
        assert member.evaluate(READ_FRAME) == frame
