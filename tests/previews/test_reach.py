"""Which bytes the first seconds of a master need: a part of it, and never more trouble than a master that lies."""

import struct
from pathlib import Path

import pytest

from previews.media.probing.reach import Partial, reach
from tests.previews.media import clip


def head_of(body: bytes, folder: Path, *, name: str = "film.mp4", seconds: float = 5.0) -> Partial | None:
    return reach(
        folder / "head",
        name=name,
        size=len(body),
        read=lambda start, end: [body[start:end]],
        seconds=seconds,
    )


@pytest.fixture(scope="module")
def film() -> bytes:
    return clip("reach.mp4", "25", frames=700, extra=["-movflags", "+faststart"]).read_bytes()


def test_a_head_is_a_part_of_its_master_and_tells_when_it_is_not(film: bytes, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.write_bytes(film)

    head = head_of(film, tmp_path)

    assert head is not None
    read = set()
    for start, end in head.written:
        read |= set(range(start, end))
    assert len(read) < len(film) / 2
    assert head.is_part_of(whole)
    at = max(end for _, end in head.written) - 1
    whole.write_bytes(film[:at] + bytes([film[at] ^ 1]) + film[at + 1 :])
    assert not head.is_part_of(whole)


def test_a_film_with_its_index_at_the_end_is_asked_for_few_pieces_and_none_twice(tmp_path: Path) -> None:
    body = clip("reach-end.mp4", "25", frames=700).read_bytes()
    asked: list[tuple[int, int]] = []

    def read(start: int, end: int) -> list[bytes]:
        asked.append((start, end))
        return [body[start:end]]

    head = reach(tmp_path / "head", name="film.mp4", size=len(body), read=read, seconds=5.0)

    assert head is not None
    # The beginning, what the index says of itself, the index, and the pictures that it names.
    assert len(asked) <= 4
    twice = sum(end - start for start, end in asked) - len({at for span in asked for at in range(*span)})
    assert twice <= 16


def test_where_most_of_a_master_is_needed_all_of_it_is_waited_for(film: bytes, tmp_path: Path) -> None:
    assert head_of(film, tmp_path, seconds=25.0) is None


def test_without_an_index_the_whole_is_waited_for(film: bytes, tmp_path: Path) -> None:
    assert head_of(film.replace(b"moov", b"free"), tmp_path) is None
    assert head_of(b"\x47" + bytes(187) + film, tmp_path, name="film.ts") is None
    assert head_of(film[: len(film) // 3], tmp_path) is None


@pytest.mark.parametrize("table", [b"stts", b"stsc", b"stsz", b"stco", b"mdhd", b"elst", b"hdlr"])
def test_an_index_that_lies_is_no_way_in(film: bytes, tmp_path: Path, table: bytes) -> None:
    at = film.index(table) + 4
    lying = film[:at] + struct.pack(">IIII", 0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF) + film[at + 16 :]

    head = head_of(lying, tmp_path)

    assert head is None or all(0 <= start < end <= len(film) for start, end in head.written)
