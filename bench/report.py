"""What a benchmark hands back: rows of a table, judged by their ratio alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measure beside its limit from the same run.

    Attributes:
        measure: what was measured, with its unit.
        product: median of ours; absolute numbers are shown and never judged.
        limit: median of what it is compared with.
        ratio: median of the paired ratios, product through limit.
        spread: lowest and highest of those ratios.
        mark: what the ratio must reach, in words; empty where nothing is judged.
        reached: whether it does; None where nothing is judged.
    """

    measure: str
    product: float
    limit: float
    ratio: float
    spread: tuple[float, float]
    mark: str = ""
    reached: bool | None = None
