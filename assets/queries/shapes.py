"""What an asset list is asked for, as far as it decides the text of a statement."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from assets.queries.compared import AskedShape
from assets.queries.orders import CREATED, EVERYWHERE, Order


@dataclass(frozen=True)
class Shape:
    """What decides the text of a statement; everything else is a value.

    `organization` is written into it: planned once for whoever asks, a list would be planned for an organisation of
    average size, and where most are tiny that reads the whole of a large one (decision 0072).
    `after`: whether the page begins behind a `key`, among those without one (`null`), or nowhere.
    `places`: how the projects narrow it: not at all, `one` of them, `each` asked by itself, or `any` in one walk.
    """

    organization: UUID
    order: Order
    falls: bool
    limit: int
    skips: bool
    after: str
    is_backward: bool
    is_found: bool
    is_trashed: bool
    places: str
    filters: frozenset[str]
    additions: tuple[str, ...]
    asked: tuple[AskedShape, ...] = field(default=())

    @property
    def tenant(self) -> str:
        """The organisation as SQL."""
        return f"'{self.organization}'::uuid"

    @property
    def is_plain(self) -> bool:
        """Whether one index answers it in order, whatever the values; search plans behind its door."""
        if self.is_found:
            return not self.is_ranked or self.order.is_relevance
        has_index = self.places == "all" or self.order.column in EVERYWHERE
        is_narrowed = self.places == "any" or "collection" in self.filters or bool(self.asked)
        return self.is_valued or (has_index and not is_narrowed and not self.is_ranked)

    @property
    def is_valued(self) -> bool:
        """Whether it is walked along the index of one value of a custom field, in the order of time."""
        is_alone = self.places == "all" and not self.filters and not self.skips and not self.is_trashed
        return (
            is_alone
            and not self.is_found
            and self.order == CREATED
            and len(self.asked) == 1
            and (self.asked[0].equal is not None)
        )

    @property
    def is_straight(self) -> bool:
        """Whether one walk through the table answers it, and every row that is read is shown."""
        walks = self.places != "each" and not self.skips and not self.is_valued
        return walks and not self.is_found and not self.is_ranked

    @property
    def is_ranked(self) -> bool:
        """Whether rows carry their key beside them, and those without one come last."""
        return self.order.is_hollow or self.order.is_placed or self.order.is_relevance

    @property
    def key(self) -> str:
        """The sort key of the page's rows as SQL."""
        return "asset.sort_key" if self.is_ranked else f"asset.{self.order.column}"

    @property
    def way(self) -> str:
        """The direction in which rows are read."""
        return "DESC" if self.falls else "ASC"

    @property
    def sign(self) -> str:
        """How what follows compares with what came before."""
        return "<" if self.falls else ">"


def counted(shape: Shape, *, most: int) -> Shape:
    """Return the shape that counts: a count needs no order, neither of keys nor among projects."""
    places = "any" if shape.places == "each" else shape.places
    return replace(
        shape,
        order=CREATED,
        after="",
        is_backward=False,
        skips=False,
        limit=most,
        places=places,
        additions=(),
    )
