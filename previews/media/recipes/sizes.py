"""The sizes of pictures: rungs by the short side of the display size, never enlarged: pure."""

from dataclasses import dataclass

from previews.media.recipes.table import LADDER, LONGEST_SIDE, TOP_CRF


@dataclass(frozen=True)
class Rung:
    """One size of the ladder, in display pixels."""

    name: str
    width: int
    height: int
    crf: int
    cap_kilobits: int


def plan_rungs(width: int, height: int) -> tuple[Rung, ...]:
    """Choose the sizes of the ladder, largest first: by the short side of the display size, never scaled up."""
    short = min(width, height)
    shorts = [row.short for row in LADDER if row.short <= short]
    if not shorts:
        shorts = [short]
    elif shorts[0] < LADDER[0].short and short > 1.15 * shorts[0]:
        shorts.insert(0, short)
    rungs = [
        _rung(value, width=width, height=height, is_top=not number) for number, value in enumerate(shorts)
    ]
    return tuple({(rung.width, rung.height): rung for rung in reversed(rungs)}.values())[::-1]


def fit_inside(width: int, height: int, *, side: int) -> tuple[int, int]:
    """Shrink a size so that its long side is at most `side`; never enlarge."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def even(value: float) -> int:
    """Round to the nearest even number of pixels, at least 2."""
    return max(2, 2 * round(value / 2))


def _rung(short: int, *, width: int, height: int, is_top: bool) -> Rung:
    scale = min(short / min(width, height), LONGEST_SIDE / max(width, height))
    wide, high = even(width * scale), even(height * scale)
    if is_top and short == min(width, height):
        wide, high = min(wide, even(width - 0.5)), min(high, even(height - 0.5))
    row = next(row for row in reversed(LADDER) if row.short >= min(short, LADDER[0].short))
    if not is_top:
        return Rung(f"{short}p", wide, high, row.crf, row.cap_kilobits)
    cap = max(500, round(LADDER[0].cap_kilobits * min(1.0, short / LADDER[0].short) ** 1.5))
    return Rung(f"{short}p", wide, high, TOP_CRF, cap)
