"""What is kept of a picture, under which words it is looked up, and whether two pictures show the same: pure.

A sample is a picture seen very small: 32 x 32 brightness, 8 x 8 colour. Its bands are perceptual hashes, 16 signs of
the lowest cosines each, of eight regions: a logo or a crop that spoils some leaves others as they were. One equal band
makes two pictures candidates. Candidates are then laid over each other, uncropped and cropped by up to a twentieth
at any side, and compared pixel by pixel, but for the fifth that differs most: a logo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from typing import TYPE_CHECKING

from dam.core.later import Later

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]
else:
    np = Later("numpy")

SIDE, COLOUR_SIDE = 32, 8
SAMPLE_BYTES = SIDE * SIDE + 2 * COLOUR_SIDE * COLOUR_SIDE
#: Of the whole, its halves, its middle, and two corners: left, top, right, bottom.
REGIONS = (
    (0, 0, 32, 32),
    (0, 0, 16, 32),
    (16, 0, 32, 32),
    (0, 0, 32, 16),
    (0, 16, 32, 32),
    (6, 6, 26, 26),
    (0, 0, 20, 20),
    (12, 12, 32, 32),
)
BITS = 16
#: So many of a band's bits may be wrong, those nearest to nought: 2 ** 5 words are looked up for each band.
UNSURE_BITS = 5
#: Below it, in levels of 256, a picture is plain: it shows nothing that could be recognised.
PLAIN_LEVELS = 4.0
#: What may be cut off at the two ends of a side, as parts of it.
CROPS = ((0.0, 0.0), (0.0, 0.05), (0.05, 0.0), (0.025, 0.025), (0.05, 0.05))
KEPT = 0.8
#: Measured (decision 0125): of all that varies in a picture, the same ones differ by a fifth at most, others by three
#: quarters at least; the two others only bound what is very flat or very colourful.
MOST_DIFFERENCE, MOST_LEVELS, LEAST_CORRELATION = 0.3, 10.0, 0.88
#: In levels: where pictures laid over each other uncropped differ by more, no crop brings them together.
MOST_AT_FIRST = 40.0


@dataclass(frozen=True)
class Sample:
    """What is kept of a picture."""

    packed: bytes

    @cached_property
    def luma(self) -> Plane:
        """Brightness, 0 to 255."""
        return _plane(self.packed[: SIDE * SIDE], SIDE)

    @cached_property
    def colours(self) -> Plane:
        """Both colour planes, 0 to 255."""
        packed, size = self.packed[SIDE * SIDE :], COLOUR_SIDE * COLOUR_SIDE
        return np.stack([_plane(packed[:size], COLOUR_SIDE), _plane(packed[size:], COLOUR_SIDE)])

    @cached_property
    def variation(self) -> float:
        """How much brightness and colour vary over the picture, in levels."""
        return float(np.sqrt(self.luma.var() + self.colours.var(axis=(1, 2)).sum()))

    @property
    def is_plain(self) -> bool:
        """Whether there is too little in it to be recognised: black, a flat colour."""
        return self.variation < PLAIN_LEVELS

    @cached_property
    def _signs(self) -> Plane:
        found = []
        for left, top, right, bottom in REGIONS:
            region = self.luma[top:bottom, left:right]
            cosines = _cosines(bottom - top) @ region @ _cosines(right - left).T
            rows, columns = _lowest()
            found.append(cosines[rows, columns] * (1 + rows + columns))
        return np.array(found, np.float32)

    def bands(self) -> list[int]:
        """Return the words that the picture is found under, one for each region."""
        return [int(each) for each in (self._signs > 0) @ _weights()]

    def probes(self) -> list[list[int]]:
        """Return for each region the words under which pictures lie that show the same."""
        unsure = np.argsort(np.abs(self._signs), axis=1)[:, :UNSURE_BITS]
        return [
            [
                band ^ int(sum(flips))
                for count in range(UNSURE_BITS + 1)
                for flips in combinations(bits, count)
            ]
            for band, bits in zip(self.bands(), _weights()[unsure].tolist(), strict=True)
        ]


def nearest(sample: Sample, others: Sequence[Sample]) -> list[int]:
    """Return the places of those that deserve a closer look; all at once, for there may be thousands."""
    if not others:
        return []
    packed = np.frombuffer(b"".join(each.packed[: SIDE * SIDE] for each in others), np.uint8)
    apart = np.abs(
        packed.reshape(len(others), -1).astype(np.int16) - sample.luma.reshape(-1).astype(np.int16)
    )
    kept = int(SIDE * SIDE * KEPT)
    levels = np.partition(apart, kept, axis=1)[:, :kept].mean(axis=1)
    return [int(each) for each in np.flatnonzero(levels < MOST_AT_FIRST)]


def likeness(one: Sample, other: Sample) -> float | None:
    """Return how alike two pictures are, up to 1, or None where they do not show the same."""
    if one.is_plain or other.is_plain:
        return None
    levels, correlation = min(_laid_over(one, other), _laid_over(other, one))
    most = min(MOST_LEVELS, MOST_DIFFERENCE * min(one.variation, other.variation))
    if levels > most or correlation < LEAST_CORRELATION:
        return None
    return min(correlation, 1.0)


def _laid_over(whole: Sample, part: Sample) -> tuple[float, float]:
    """Crop one picture in every way, and return (levels of difference, correlation) of the best fit."""
    luma = _cropped(whole.luma, SIDE)
    colours = [_cropped(whole.colours[each], COLOUR_SIDE) for each in (0, 1)]
    apart = sum(np.abs(colours[each] - part.colours[each]) for each in (0, 1))
    wide = np.repeat(np.repeat(np.asarray(apart), SIDE // COLOUR_SIDE, 1), SIDE // COLOUR_SIDE, 2)
    differences = (np.abs(luma - part.luma) + wide).reshape(len(luma), -1)
    kept = int(SIDE * SIDE * KEPT)
    levels = np.partition(differences, kept, axis=1)[:, :kept].mean(axis=1)
    best = int(levels.argmin())
    places = np.argpartition(differences[best], kept)[:kept]
    left, right = luma[best].reshape(-1)[places], part.luma.reshape(-1)[places]
    if left.std() == 0 or right.std() == 0:
        return float(levels[best]), 0.0
    return float(levels[best]), float(np.corrcoef(left, right)[0, 1])


def _cropped(plane: Plane, side: int) -> Plane:
    """Return a plane cropped in every way and stretched to its size again."""
    ways = _ways_of_cropping(side)
    crops = (ways @ plane)[:, None] @ ways.transpose(0, 2, 1)[None]
    return np.asarray(crops.reshape(len(ways) ** 2, side, side), np.float32)


def _plane(packed: bytes, side: int) -> Plane:
    return np.frombuffer(packed, np.uint8).reshape(side, side).astype(np.float32)


@cache
def _cosines(size: int) -> Plane:
    """Return the matrix of the cosine transform (DCT-II, orthonormal) of `size` values."""
    rows, places = np.arange(size)[:, None], np.arange(size)[None]
    matrix = np.cos(np.pi * (2 * places + 1) * rows / (2 * size)) * np.sqrt(2 / size)
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, np.float32)


def _crop_matrix(side: int, *, start: float, end: float) -> Plane:
    """Return the matrix that stretches what lies between two parts of a side over the whole of it, by area."""
    edges = side * (start + (1 - end - start) * np.arange(side + 1) / side)
    cells = np.arange(side)
    covered = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    weights = np.clip(covered, 0, None)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


@cache
def _ways_of_cropping(side: int) -> Plane:
    return np.stack([_crop_matrix(side, start=start, end=end) for start, end in CROPS])


@cache
def _lowest() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and the columns of the lowest cosines, but for the mean."""
    places = sorted(
        ((row, column) for row in range(8) for column in range(8) if row or column),
        key=lambda place: (place[0] + place[1], place[0]),
    )[:BITS]
    return np.array([row for row, _ in places]), np.array([column for _, column in places])


@cache
def _weights() -> NDArray[np.intp]:
    return np.asarray(1 << np.arange(BITS))
