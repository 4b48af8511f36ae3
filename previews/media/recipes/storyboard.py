"""The grid of small pictures over the whole length, and the density of the waveform: pure."""

import math
from dataclasses import dataclass

from previews.media.recipes.sizes import even, fit_inside
from previews.media.recipes.table import SHEET_SIDE, TILE_SIDE
from previews.media.recipes.timing import Timing


@dataclass(frozen=True)
class Storyboard:
    """Sheets of small pictures: every `step`-th frame, `columns` x `rows` tiles to a sheet."""

    step: int
    tiles: int
    columns: int
    rows: int
    tile_width: int
    tile_height: int

    @property
    def sheets(self) -> int:
        """How many sheets hold all tiles."""
        return math.ceil(self.tiles / (self.columns * self.rows))


def plan_storyboard(timing: Timing, *, width: int, height: int) -> Storyboard:
    """Choose a step of a second or less for short clips, and at most 600 tiles for long ones."""
    duration = timing.duration_s
    step_s = max(duration / 600, min(1.0, duration / 60))
    step = max(1, round(step_s * timing.rate))
    tiles = math.ceil(timing.frames / step)
    columns = min(SHEET_SIDE, tiles)
    tile_width, tile_height = fit_inside(width, height, side=TILE_SIDE)
    rows = min(SHEET_SIDE, math.ceil(tiles / columns))
    return Storyboard(step, tiles, columns, rows, even(tile_width), even(tile_height))


def plan_waveform_rate(duration_s: float) -> int:
    """Choose peaks per second: 100 for a clip, fewer for a film, always a divisor of the sample rate."""
    wanted = 36_000 / max(1.0, duration_s)
    return next((rate for rate in (100, 50, 40, 25, 20, 10, 5, 4, 2) if rate <= wanted), 1)
