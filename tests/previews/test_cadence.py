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


def test_frames_of_one_length_that_an_edit_list_puts_anywhere_keep_their_rate_and_number() -> None:
    """Where a piece begins anew, libav's times are off by what the coder looked ahead."""
    pts = sorted([*range(0, 6000, 400), *range(5600, 9600, 400)])

    told = {"base": Fraction(1, 10_000), "last": 400, "hints": (Fraction(27), Fraction(25))}
    found = find_cadence(pts, **told, step=400)  # type: ignore[arg-type]

    assert (found["rate"], found["frames"], found["renumbered"]) == ("25", 25, True)
    assert not find_cadence(pts, **told)["renumbered"]  # type: ignore[arg-type]


def test_a_gap_that_is_meant_stays_a_gap() -> None:
    pts = [*range(0, 6000, 400), *range(10_000, 12_000, 400)]

    found = find_cadence(pts, base=Fraction(1, 10_000), last=400, hints=(None, None), step=400)

    assert (found["variable"], found["renumbered"], found["frames"]) == (True, False, 30)


def test_frames_without_a_time_are_counted_with_those_that_have_one() -> None:
    hints = (Fraction(25), None)
    found = find_cadence(list(range(0, 400, 40)), base=Fraction(1, 1000), last=40, hints=hints, untimed=5)

    assert (found["rate"], found["frames"], found["renumbered"]) == ("25", 15, True)
    bare = find_cadence([], base=Fraction(1, 1000), last=40, hints=hints, untimed=50)
    assert (bare["rate"], bare["frames"], bare["renumbered"]) == ("25", 50, True)


def test_a_variable_rate_is_converted_to_at_most_sixty() -> None:
    pts = [0, 5, 10, 15, 20, 400, 405, 410, 900]

    found = find_cadence(pts, base=Fraction(1, 1000), last=5, hints=(None, None))

    assert (found["variable"], found["rate"]) == (True, "60")


def test_nothing_shown_has_no_rate() -> None:
    assert find_cadence([], base=Fraction(1, 25), last=0, hints=(None, None))["frames"] == 0
    assert find_cadence([0], base=Fraction(1, 25), last=1, hints=(None, None))["frames"] == 1
