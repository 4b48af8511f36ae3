"""In what order lists of assets come: columns of the asset, a custom field's values, or a collection's own order."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from assets.conditions import FIELD
from assets.fieldtypes import column_of
from assets.queries.fields import visible_fields
from dam.core.access import Actor
from dam.core.errors import invalid

#: Types of the columns that custom fields are compared by.
VALUED = {"as_text": "text", "as_number": "float8", "as_time": "timestamptz"}
UNSORTED = frozenset({"multi_choice", "long_text"})


@dataclass(frozen=True)
class Order:
    """What a list is sorted by: a `column` and its SQL type.

    Where `is_hollow`, some assets have no value and come last, whichever way the list goes; where not `in_row`, the
    row's JSON does not hold the value. `field` is the custom field whose values are sorted by.
    """

    column: str
    type: str
    is_hollow: bool = False
    in_row: bool = True
    field: UUID | None = None

    @property
    def is_placed(self) -> bool:
        """Whether it is the order that people gave a collection."""
        return self.column == "position"

    @property
    def is_relevance(self) -> bool:
        """Whether what is found comes in the order of how well it is found."""
        return self.column == "relevance"


CREATED = Order("created_at", "timestamptz")
PLACED = Order("position", "bigint", in_row=False)
RELEVANCE = Order("relevance", "float4", in_row=False)
ORDERS = {
    "created_at": CREATED,
    "title": Order("title", "text"),
    "size": Order("size", "bigint"),
    "updated_at": Order("updated_at", "timestamptz", in_row=False),
    "kind": Order("kind", "text"),
    "name": Order("name", "text", in_row=False),
    "duration": Order("duration", "float8", is_hollow=True, in_row=False),
    "captured_at": Order("captured_at", "timestamptz", is_hollow=True, in_row=False),
    "position": PLACED,
    # The best first; where no words are searched for, the newest.
    "relevance": RELEVANCE,
    # Not offered to people, for whom ids have no order: batches of all that matches walk by it.
    "id": Order("id", "uuid"),
}
#: What a list may be sorted by besides custom fields, `field.KEY`; a minus before it turns it round.
LIST_SORTS = tuple(each for each in ORDERS if each != "id")
#: These have an index within each project too.
EVERYWHERE = frozenset({"created_at", "title", "size"})


def order_of(
    actor: Actor, key: str, *, project_id: UUID | None = None, collection_id: UUID | None = None
) -> Order:
    """Return the order of a list by its name, `title` or `field.year`.

    Raises:
        Invalid: there is none of this name (`sort`), the actor does not meet the field there, or it has no order.
    """
    if key.startswith(FIELD):
        return _order_of_field(actor, key.removeprefix(FIELD), project_id=project_id)
    found = ORDERS.get(key)
    if found is None:
        raise invalid("sort", "There is nothing of this name to sort by.")
    if found.is_placed and collection_id is None:
        raise invalid("sort", "Only a collection that was filled by hand has positions.")
    return found


def _order_of_field(actor: Actor, key: str, *, project_id: UUID | None) -> Order:
    row = visible_fields(actor, project_id=project_id).filter(key=key).first()
    if row is None:
        raise invalid("sort", "There is no such field.")
    if row.type in UNSORTED:
        raise invalid("sort", "Fields of this type are not sorted by.")
    column = column_of(row.type)
    return Order(column, VALUED[column], is_hollow=True, in_row=False, field=row.id)
