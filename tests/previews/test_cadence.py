"""The rate behind a list of times: exact where there is one, converted where there is none."""

from fractions import Fraction

import pytest

from previews.media.probing.cadence import find_cadence

RATES = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60", "25/2"]


def stamped(rate: Fraction, *, base: Fraction, frames: int, start: int = 0) -> list[int]:
    """Stamp frames as a muxer with this clock would: rounded to its ticks."""
    return [start + round(number / rate / base) for number in range(frames)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("ticks", [1000, 90_000, 12_800, 600])
@pytest.mark.parametrize("frames", [12, 500, 5000])
def test_a_constant_rate_is_found_exactly_behind_a_coarse_clock(rate: str, ticks: int, frames: int) -> None:
    exact, base = Fraction(rate), Fraction(1, ticks)
    pts = stamped(exact, base=base, frames=frames, start=1234)

    found = find_cadence(pts, base=base, last=pts[1] - pts[0], hints=(exact, None))

    assert (found["rate"], found["variable"], found["frames"]) == (str(exact), False, frames)


@pytest.mark.parametrize("rate", RATES)
def test_an_exact_clock_needs_no_hint(rate: str) -> None:
    exact = Fraction(rate)
    base = Fraction(1, exact.numerator * 512)
    pts = stamped(exact, base=base, frames=40)

    found = find_cadence(pts, base=base, last=pts[1], hints=(None, Fraction(1000)))

    assert found["rate"] == str(exact)


def test_a_gap_makes_the_rate_variable_and_the_length_stays() -> None:
    base = Fraction(1, 1000)
    pts = [*range(0, 4000, 40), *range(8000, 12000, 40)]

    found = find_cadence(pts, base=base, last=40, hints=(Fraction(25), Fraction(25)))

    assert found["variable"]
    assert found["rate"] == "25"
    assert found["frames"] == 300


def test_a_variable_rate_is_converted_to_at_most_sixty() -> None:
    pts = [0, 5, 10, 15, 20, 400, 405, 410, 900]

    found = find_cadence(pts, base=Fraction(1, 1000), last=5, hints=(None, None))

    assert (found["variable"], found["rate"]) == (True, "60")


def test_nothing_shown_has_no_rate() -> None:
    assert find_cadence([], base=Fraction(1, 25), last=0, hints=(None, None))["frames"] == 0
    assert find_cadence([0], base=Fraction(1, 25), last=1, hints=(None, None))["frames"] == 1
