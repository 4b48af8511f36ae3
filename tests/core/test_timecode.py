"""Frames, timecode and milliseconds agree over a whole day."""

from fractions import Fraction

import pytest

from dam.core.timecode import (
    format_rate,
    frame_to_ms,
    frame_to_timecode,
    frames_per_day,
    ms_to_frame,
    nominal_rate,
    parse_rate,
    timecode_to_frame,
)

NTSC = Fraction(30000, 1001)
NTSC_60 = Fraction(60000, 1001)
FILM = Fraction(24000, 1001)
RATES = [FILM, Fraction(24), Fraction(25), NTSC, Fraction(30), Fraction(50), NTSC_60, Fraction(60)]


def _counted_minute(minute: int, *, base: int, dropped: int) -> list[str]:
    """Count one minute the way the standard words it: skip its first numbers unless it is a tenth."""
    separator = ";" if dropped else ":"
    prefix = f"{minute // 60:02}:{minute % 60:02}"
    numbers = [f"{prefix}:{second:02}{separator}{frame:02}" for second in range(60) for frame in range(base)]
    return numbers[dropped:] if minute % 10 else numbers


@pytest.mark.parametrize("first_minute", [0, 23 * 60])
def test_every_frame_of_the_first_and_last_drop_frame_hour_is_counted(first_minute: int) -> None:
    frame = timecode_to_frame(f"{first_minute // 60:02}:00:00;00", rate=NTSC, drop_frame=True)
    for minute in range(first_minute, first_minute + 60):
        for expected in _counted_minute(minute, base=30, dropped=2):
            assert frame_to_timecode(frame, rate=NTSC, drop_frame=True) == expected
            frame += 1
    assert frame % 107892 == 0


@pytest.mark.parametrize(("rate", "dropped"), [(NTSC, 2), (NTSC_60, 4), (Fraction(25), 0), (FILM, 0)])
def test_both_ways_agree_round_every_minute_of_a_day(rate: Fraction, dropped: int) -> None:
    first = 0
    for minute in range(24 * 60):
        numbers = _counted_minute(minute, base=nominal_rate(rate), dropped=dropped)
        for at in [*range(12), 500, *range(len(numbers) - 12, len(numbers))]:
            assert frame_to_timecode(first + at, rate=rate, drop_frame=bool(dropped)) == numbers[at]
            assert timecode_to_frame(numbers[at], rate=rate, drop_frame=bool(dropped)) == first + at
        first += len(numbers)
    assert first == frames_per_day(rate, drop_frame=bool(dropped))


@pytest.mark.parametrize("rate", RATES)
def test_a_day_of_frames_survives_milliseconds(rate: Fraction) -> None:
    last = frames_per_day(rate, drop_frame=False)
    for frame in [*range(5000), *range(0, last, 997), last - 1]:
        assert ms_to_frame(frame_to_ms(frame, rate=rate), rate=rate) == frame


@pytest.mark.parametrize("rate", RATES)
def test_a_frame_is_on_screen_until_the_next_begins(rate: Fraction) -> None:
    assert ms_to_frame(frame_to_ms(101, rate=rate) - 1, rate=rate) == 100


def test_drop_frame_hour_is_an_hour_of_real_time() -> None:
    frame = timecode_to_frame("01:00:00;00", rate=NTSC, drop_frame=True)

    assert frame == 107892
    assert abs(frame_to_ms(frame, rate=NTSC) - 3_600_000) < 5


def test_timecode_counts_on_from_its_start_and_wraps_at_midnight() -> None:
    assert frame_to_timecode(2, rate=NTSC, drop_frame=True, start="00:00:59;29") == "00:01:00;03"
    assert frame_to_timecode(1, rate=Fraction(25), start="23:59:59:24") == "00:00:00:00"
    assert frame_to_timecode(10, rate=FILM, start="10:00:00:20") == "10:00:01:06"


def test_a_high_rate_has_as_many_digits_as_it_needs() -> None:
    assert frame_to_timecode(119, rate=Fraction(120)) == "00:00:00:119"


@pytest.mark.parametrize(
    "text", ["00:01:00;00", "00:01:00;01", "24:00:00;00", "00:60:00;00", "00:00:00;30", "1:00:00;00", "x", ""]
)
def test_a_text_that_is_no_drop_frame_timecode_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"timecode"):
        timecode_to_frame(text, rate=NTSC, drop_frame=True)


def test_drop_frame_is_refused_where_it_does_not_exist() -> None:
    with pytest.raises(ValueError, match="no drop-frame"):
        frame_to_timecode(0, rate=Fraction(25), drop_frame=True)


@pytest.mark.parametrize(
    ("text", "rate"), [("30000/1001", NTSC), ("25/1", Fraction(25)), ("25", Fraction(25))]
)
def test_a_rate_is_read_exactly(text: str, rate: Fraction) -> None:
    assert parse_rate(text) == rate
    assert parse_rate(format_rate(rate)) == rate


@pytest.mark.parametrize("text", ["0", "25/0", "-25", "29.97", "25/1/1", ""])
def test_a_text_that_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="frame rate"):
        parse_rate(text)
