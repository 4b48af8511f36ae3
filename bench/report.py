"""What a benchmark hands back: rows of a table, judged by their ratio alone."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.table import Table

RESULTS = Path(__file__).resolve().parent / "results"


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


class CannotRun(Exception):
    """A benchmark lacks what it needs here; the text says what."""


def interleaved(
    product: Callable[[], float], limit: Callable[[], float], *, repeats: int = 5
) -> list[tuple[float, float]]:
    """Measure both in turn, beginning with the other one each time, so that a drift meets both."""
    pairs: list[tuple[float, float]] = []
    for repeat in range(max(repeats, 5)):
        if repeat % 2:
            second = limit()
            pairs.append((product(), second))
        else:
            first = product()
            pairs.append((first, limit()))
    return pairs


def compare(
    measure: str,
    pairs: Sequence[tuple[float, float]],
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Row:
    """Judge the median of the paired ratios."""
    ratios = [product / limit for product, limit in pairs]
    ratio = statistics.median(ratios)
    mark, reached = "", None
    if at_most is not None:
        mark, reached = f"≤ {at_most:g}", ratio <= at_most
    elif at_least is not None:
        mark, reached = f"≥ {at_least:g}", ratio >= at_least
    return Row(
        measure=measure,
        product=statistics.median(product for product, _ in pairs),
        limit=statistics.median(limit for _, limit in pairs),
        ratio=ratio,
        spread=(min(ratios), max(ratios)),
        mark=mark,
        reached=reached,
    )


def judge(measure: str, pairs: Sequence[tuple[float, float]], *, at_most: float, unit: str) -> Row:
    """Judge the median of ours itself, where the mark is a figure and not a ratio."""
    row = compare(f"{measure}, {unit}", pairs)
    return replace(row, mark=f"≤ {at_most:g} {unit}", reached=row.product <= at_most)


def has_reached(rows: Sequence[Row]) -> bool:
    """Tell whether every judged row reaches its mark."""
    return all(row.reached is not False for row in rows)


def write_result(name: str, rows: Sequence[Row], *, directory: Path = RESULTS) -> Path:
    """Write the result in the contract's form and answer its path."""
    keys = ("measure", "product", "limit", "ratio", "spread", "mark")
    document = {
        "name": name,
        "reached": has_reached(rows),
        "rows": [{key: getattr(row, key) for key in keys} for row in rows],
    }
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.json"
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path


def table_of(name: str, rows: Sequence[Row]) -> Table:
    """Lay the rows out for a terminal."""
    table = Table(
        "measure", "product", "limit", "ratio", "spread", "mark", "", title=name, title_justify="left"
    )
    for row in rows:
        verdict = {True: "reached", False: "MISSED", None: ""}[row.reached]
        low, high = row.spread
        table.add_row(
            row.measure,
            f"{row.product:.4g}",
            f"{row.limit:.4g}",
            f"{row.ratio:.3g}",
            f"{low:.3g}-{high:.3g}",
            row.mark,
            verdict,
        )
    return table
