"""How a file is cut into parts; pure arithmetic on 64-bit sizes."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024**2
GIB = 1024**3
LEAST_PART = 16 * MIB
AIMED_COUNT = 9_000
MOST_PARTS = 10_000
MOST_BYTES = 5 * 1024**4
# A copy inside the store: large enough that requests do not weigh, small enough that the threads share the work.
COPY_PART = 64 * MIB
COPY_THREADS = 4


class TooLarge(ValueError):
    """More bytes than an object of the store may have."""


@dataclass(frozen=True)
class PartPlan:
    """Parts numbered from 1, all `part_size` bytes long but the last."""

    size: int
    part_size: int

    @property
    def count(self) -> int:
        """How many parts there are."""
        return -(-self.size // self.part_size)

    def size_of(self, number: int) -> int:
        """Return the length in bytes of part `number`."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)

    def range_of(self, number: int) -> tuple[int, int]:
        """Return the first and last byte of part `number`, both included."""
        first = (number - 1) * self.part_size
        return first, first + self.size_of(number) - 1


def plan_upload(size: int) -> PartPlan:
    """Cut an upload of `size` bytes: at least 16 MiB a part, whole MiB, never more than 9 000 parts.

    Raises:
        ValueError: `size` is not positive.
        TooLarge: `size` is beyond 5 TiB.

    Source: S3's limits (10 000 parts, 5 MiB to 5 GiB each, 5 TiB an object); the margin leaves room for stores
    that count differently.
    """
    if size <= 0:
        raise ValueError("a file has at least one byte")
    if size > MOST_BYTES:
        raise TooLarge("an object has at most 5 TiB")
    wanted = -(-size // AIMED_COUNT)
    return PartPlan(size, max(LEAST_PART, -(-wanted // MIB) * MIB))


def plan_copy(size: int, *, aimed: int = COPY_PART) -> PartPlan:
    """Cut a copy inside the store into parts of about `aimed` bytes, within S3's limits."""
    least = -(-size // MOST_PARTS)
    return PartPlan(size, min(5 * GIB, max(aimed, least, 5 * MIB)))


@dataclass(frozen=True)
class SignedPart:
    """An address that takes part `number` with exactly `size` bytes."""

    number: int
    size: int
    url: str


@dataclass(frozen=True)
class ClaimedPart:
    """A part as the client says it was received; `etag` without quotes."""

    number: int
    etag: str
