"""What two pictures have in common: the same one is known again, another is not taken for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from similarity.media.likeness import Sample, likeness
from similarity.media.sampling import Picture, take_samples, tiles_of
from tests.similarity import pictures

CHANGES = [pictures.again, pictures.cropped, pictures.smaller, pictures.branded]


def shares_a_band(one: Sample, other: Sample) -> bool:
    return any(word in words for word, words in zip(one.bands(), other.probes(), strict=True))


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each.__name__)
def test_a_changed_picture_is_found_and_known_again(change: Callable[[Image.Image], Image.Image]):
    for number in range(12):
        first = pictures.drawn(number)
        one, other = pictures.sample(first), pictures.sample(change(first))

        assert shares_a_band(one, other)
        assert shares_a_band(other, one)
        assert (likeness(one, other) or 0) > 0.9


def test_other_pictures_are_not_alike():
    samples = [pictures.sample(pictures.drawn(number)) for number in range(25)]

    alike = [likeness(one, other) for n, one in enumerate(samples) for other in samples[:n]]

    assert alike == [None] * len(alike)


def test_other_colours_and_mirrors_are_other_pictures():
    first = pictures.drawn(1)
    one = pictures.sample(first)

    red, green, blue = first.split()
    assert likeness(one, pictures.sample(Image.merge("RGB", (blue, green, red)))) is None
    assert likeness(one, pictures.sample(first.transpose(Image.Transpose.FLIP_LEFT_RIGHT))) is None


def test_plain_pictures_are_like_nothing():
    plain = pictures.sample(Image.new("RGB", (300, 200), (20, 120, 200)))

    assert plain.is_plain
    assert likeness(plain, plain) is None


def test_a_soft_picture_is_like_itself():
    soft = pictures.drawn(3).filter(ImageFilter.GaussianBlur(40))

    assert likeness(pictures.sample(soft), pictures.sample(pictures.again(soft))) is not None


def test_samples_are_taken_of_files_and_of_tiles(tmp_path: Path):
    sheet = Image.new("RGB", (320, 100))
    for place in (0, 1):
        sheet.paste(pictures.drawn(place).resize((160, 100)), (160 * place, 0))
    sheet.save(tmp_path / "storyboard-000.webp", quality=90)
    pictures.drawn(5).save(tmp_path / "300.webp", quality=90)
    (tmp_path / "broken.webp").write_bytes(b"RIFF0000WEBPVP8 ")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    wanted = [
        Picture("300.webp"),
        Picture("storyboard-000.webp", (160, 0, 160, 100)),
        Picture("storyboard-000.webp", (300, 0, 160, 100)),
        Picture("broken.webp"),
    ]

    still, tile, outside, broken = take_samples(wanted, folder=tmp_path, scratch=scratch)

    assert still is not None
    assert likeness(still, pictures.sample(pictures.drawn(5))) is not None
    assert tile is not None
    assert likeness(tile, pictures.sample(pictures.drawn(1))) is not None
    assert outside is None
    assert broken is None


def test_tiles_are_chosen_over_the_whole_length():
    cues = "".join(
        f"00:00:{n:02}.000 --> 00:00:{n + 1:02}.000\nstoryboard-000.webp#xywh={16 * n},0,16,9\n\n"
        for n in range(10)
    )

    assert [each.area[0] // 16 for each in tiles_of(f"WEBVTT\n\n{cues}") if each.area] == [1, 3, 5, 7, 9]
    assert tiles_of("WEBVTT\n") == []
