"""The storyboard alone, from a finished proxy: what was left out of a build while the queue was long."""

from fractions import Fraction
from pathlib import Path

from previews.media import sandbox
from previews.media.encoding.parts import storyboard_argv
from previews.media.encoding.running import run_ffmpeg
from previews.media.encoding.storyboard import sheet_names, write_vtt
from previews.media.failures import BuildFailed
from previews.media.outcome import Rendition
from previews.media.packaging import checks
from previews.media.packaging.listings import check_cues
from previews.media.recipes import plan_storyboard, plan_timing
from previews.media.tools import ffmpeg

VTT = "img/storyboard.vtt"


def build_sheets(
    proxy: Path, *, frames: int, rate: Fraction, size: tuple[int, int], scratch: Path
) -> Rendition:
    """Make the storyboard of a proxy of `frames` frames, `size` pixels wide and high; its files lie in scratch.

    Raises: BuildFailed when it cannot be made, or a check failed.
    """
    timing = plan_timing(frames, rate=rate)
    story = plan_storyboard(timing, width=size[0], height=size[1])
    (scratch / "img").mkdir(parents=True, exist_ok=True)
    run_ffmpeg(
        lambda progress_fd: storyboard_argv(ffmpeg(), source=proxy, story=story, progress_fd=progress_fd),
        read=[proxy],
        scratch=scratch,
        limits=sandbox.encode_limits(timing.duration_s, kilobits=20_000),
    )
    sheets, cues = sheet_names(story), write_vtt(story, timing)
    wide, high = story.columns * story.tile_width, story.rows * story.tile_height
    found = [
        *checks.check_pictures(scratch / "img", sheets),
        *checks.check_sizes(scratch / "img", sheets, size=(wide, high)),
        *check_cues(cues, tiles=story.tiles, lasts_s=timing.duration_s),
    ]
    if found:
        raise BuildFailed(f"The storyboard came out wrong ({found[0]}). Try again.", permanent=False)
    (scratch / VTT).write_text(cues)
    return Rendition("storyboard", "storyboard", wide, high, (VTT, *(f"img/{name}" for name in sheets)))
