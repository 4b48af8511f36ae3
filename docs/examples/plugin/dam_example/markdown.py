"""An exporter: a table in Markdown. It is called in the platform's own process, so it must be quick and careful."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_COLUMNS = ("title", "kind", "name", "size")


class Markdown:
    """Written row by row: neither the records nor the file are ever held whole."""

    media_type = "text/markdown; charset=utf-8"
    ending = "md"

    @staticmethod
    def write(records: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> Iterator[bytes]:
        """Yield the table: some columns of our own, then the custom fields."""
        heading = [*_COLUMNS, *keys]
        yield _line(heading) + _line(["---"] * len(heading))
        for each in records:
            yield _line([*(each[name] for name in _COLUMNS), *(each["fields"].get(key) for key in keys)])


def _line(values: Sequence[Any]) -> bytes:
    cells = ("" if each is None else str(each) for each in values)
    plain = (each.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ") for each in cells)
    return f"| {' | '.join(plain)} |\n".encode()
