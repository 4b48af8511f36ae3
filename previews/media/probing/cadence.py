"""Find the constant rate behind the times of a file's frames. Pure; the probing child runs it by its path, alone."""

import itertools
from fractions import Fraction
from typing import Any

STANDARD_RATES = (
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)),
    *(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 90, 100, 120, 240)),
    *(Fraction(rate, 2) for rate in (10, 12, 15, 20, 24, 25, 30)),
)


_MOST_REORDERED = 5
"""Where an edit begins anew the times of its frames may be off by what the coder looked ahead, in frames."""


def find_cadence(
    pts: list[int],
    *,
    base: Fraction,
    last: int,
    hints: tuple[Fraction | None, ...],
    untimed: int = 0,
    step: int = 0,
) -> dict[str, Any]:
    """Find the constant rate that explains all times, or the one to convert a variable rate to.

    Shapes: `pts` sorted, in ticks of `base` seconds; `last` ticks that the last frame stays; `untimed` frames before
    them have no time of their own; `step` ticks of every frame where all are stored alike and an edit list hides some,
    else 0. "renumbered" says that times don't tell the frames' places, and their order does.
    """
    constant = None if not pts else _find_constant(pts, base=base, last=last, hints=hints)
    shown = len(pts) + untimed
    if untimed and not pts:
        constant = next((Fraction(hint) for hint in hints if hint), Fraction(25))
    if constant is None and step and _lie_close(pts, step=step):
        return _constant(1 / (step * base), frames=shown, renumbered=True)
    if constant is not None:
        return _constant(constant, frames=shown, renumbered=untimed > 0)
    if not pts:
        return {"shown": 0, "rate": None, "variable": False, "frames": 0, "renumbered": False}
    return _find_variable(pts, base=base, last=last)


def _constant(rate: Fraction, *, frames: int, renumbered: bool) -> dict[str, Any]:
    return {
        "shown": frames,
        "rate": str(rate),
        "variable": False,
        "frames": frames,
        "renumbered": renumbered,
    }


def _find_constant(
    pts: list[int], *, base: Fraction, last: int, hints: tuple[Fraction | None, ...]
) -> Fraction | None:
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(pts))
    candidates = _candidates(steps, base=base, last=last, hints=hints)
    return next((rate for rate in candidates if _explains(rate, pts, base=base)), None)


def _find_variable(pts: list[int], *, base: Fraction, last: int) -> dict[str, Any]:
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(pts))
    usual = steps[len(steps) // 10] or max(1, last)
    fastest = min(Fraction(60), 1 / (usual * base))
    rate = min(STANDARD_RATES, key=lambda standard: abs(standard - fastest))
    end = pts[-1] - pts[0] + (last or usual)
    return {
        "shown": len(pts),
        "rate": str(rate),
        "variable": True,
        "frames": max(1, _nearest(end * base * rate)),
        "renumbered": False,
    }


def _lie_close(pts: list[int], *, step: int) -> bool:
    """Tell whether no gap between two frames is wider than what coders look ahead: nothing is meant to be missing."""
    return all(later - earlier <= _MOST_REORDERED * step for earlier, later in itertools.pairwise(pts))


def _candidates(
    steps: list[int], *, base: Fraction, last: int, hints: tuple[Fraction | None, ...]
) -> list[Fraction]:
    usual = steps[len(steps) // 2] if steps else last
    exact = [1 / (usual * base)] if usual else []
    hinted = [Fraction(hint) for hint in hints if hint]
    if not steps:
        return hinted + exact or [Fraction(25)]
    if steps[0] == steps[-1] and usual >= 200 and 1 / exact[0] >= 200 * base:
        return exact
    close = [rate for rate in STANDARD_RATES if exact and abs(rate / exact[0] - 1) < Fraction(1, 10)]
    plain = [rate for rate in hinted if rate in STANDARD_RATES]
    return plain + sorted(close, key=lambda rate: abs(rate - exact[0])) + hinted + exact


def _explains(rate: Fraction, pts: list[int], *, base: Fraction) -> bool:
    """Tell whether every frame lies within a tick and a twentieth of a frame of its place."""
    if rate <= 0 or rate > 1000:
        return False
    ticks = 1 / (rate * base)
    slack = Fraction(3, 2) + ticks / 20
    up, down = ticks.numerator, ticks.denominator
    bound = int(slack * down)
    first = pts[0]
    return all(abs((time - first) * down - number * up) <= bound for number, time in enumerate(pts))


def _nearest(value: Fraction) -> int:
    return int(value + Fraction(1, 2))
