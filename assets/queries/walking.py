"""Search by walking: the newest entries looked through one by one before an index of words is asked.

What a word stands in grows with the catalogue, and the index of words knows no order: to show the newest twenty it
would fetch and sort them all. Walked are the newest entries instead: a few always, and more where these hold so many
finds that the page is likely to be filled, up to so many for each row of it. That costs the same in any catalogue, and fills
the page of every word that is not rare; what is still missing the door of search finds behind the place where the walk
has ended (decision 0134).

Where one value of a custom field is asked for besides, the newest assets with that value are walked.
"""

from __future__ import annotations

from assets.queries.compared import TYPES
from assets.queries.shapes import Shape

#: So many entries are always walked; where hardly any of them is a find, the word is rare and walking on is in vain.
NEAR = 1024
#: So many entries are walked on for a row of the page, but no fewer and no more than these in all.
FOR_A_ROW, FAR, FARTHEST = 256, 8192, 32_768
#: What the door is told of the place where the walk has ended, and of how many finds the page lacks.
BEHIND = {"key": "edge.key::text", "id": "edge.id", "most": "edge.missing::integer", "skip": "0"}

_WORDS = "(SELECT %(words)s::text::tsquery)"
_FOUND_NEAR = "(SELECT count(*) FROM near)"
_FOUND_FAR = "(SELECT count(*) FROM far)"


def walked_statement(shape: Shape, *, beyond: str, narrowed: str, found: str) -> str:
    """Return the statement of the assets of a page of finds, the newest (or oldest) first.

    Shapes: `beyond` lets it begin behind its position; `narrowed` is all that narrows a list, on the alias `asset`;
    `found` reads the assets that the door finds behind `edge`.
    """
    far = min(max(FOR_A_ROW * shape.limit, FAR), FARTHEST) - NEAR
    behind = (
        f" AND (entry.created_at, entry.asset_id) {shape.sign} "  # noqa: S608  columns and keywords of ours; what was asked is bound
        "((SELECT edge.key FROM near_edge edge), (SELECT edge.id FROM near_edge edge))"
    )
    # As many as the rest would have to go on with to fill the page.
    enough = max(shape.limit * NEAR // (NEAR + far), 1)
    is_on = f" AND {_FOUND_NEAR} BETWEEN {enough} AND {shape.limit - 1}"
    return (
        f"WITH near AS MATERIALIZED ({_finds(shape, beyond, NEAR, narrowed)}), "  # noqa: S608  columns and keywords of ours; what was asked is bound
        f"near_edge AS MATERIALIZED ({_edge(shape, beyond, NEAR)}), "
        f"far_edge AS MATERIALIZED ({_edge(shape, behind, far)}), "
        f"far AS MATERIALIZED ({_finds(shape, behind + is_on, far, narrowed)}), "
        f"edge AS (SELECT edge.*, {shape.limit} - {_FOUND_NEAR} - {_FOUND_FAR} AS missing FROM ("
        f"SELECT * FROM near_edge WHERE {_FOUND_NEAR} < {enough} "
        f"UNION ALL SELECT * FROM far_edge WHERE {_FOUND_NEAR} >= {enough}) edge "
        f"WHERE {_FOUND_NEAR} + {_FOUND_FAR} < {shape.limit}) "
        f"SELECT asset.* FROM (SELECT * FROM near UNION ALL SELECT * FROM far UNION ALL ({found})) asset "
        f"ORDER BY asset.created_at {shape.way}, asset.id {shape.way} LIMIT {shape.limit}"
    )


def valued_statement(shape: Shape, *, beyond: str, narrowed: str) -> str:
    """Return the statement of the newest (or oldest) assets that have one value of a custom field."""
    return f"SELECT asset.* {_source(shape, beyond, _asset(narrowed))} {_in_order(shape)} LIMIT {shape.limit}"


def _finds(shape: Shape, beyond: str, most: int, narrowed: str) -> str:
    """Return what finds among the next `most` entries."""
    words, said = "entry.words", ""
    if _value_walked(shape) is not None:
        words = "said.words"
        said = (
            "CROSS JOIN LATERAL (SELECT said.words FROM assets_search said "  # noqa: S608  columns and keywords of ours; what was asked is bound
            f"WHERE said.organization_id = {shape.tenant} AND said.asset_id = entry.asset_id LIMIT 1) said "
        )
    return (
        f"SELECT asset.* FROM (SELECT entry.* {_entries(shape, beyond)} LIMIT {most}) entry {said}"  # noqa: S608  the shape's own words and a whole number
        f"{_asset(narrowed)} WHERE {words} @@ {_WORDS} {_in_order(shape)} LIMIT {shape.limit}"
    )


def _edge(shape: Shape, beyond: str, most: int) -> str:
    """Return what answers the last one of the next `most` entries; nothing where there are fewer."""
    return (
        f"SELECT entry.created_at AS key, entry.asset_id AS id {_entries(shape, beyond)} "
        f"OFFSET {most - 1} LIMIT 1"
    )


def _entries(shape: Shape, beyond: str) -> str:
    """Return what is walked, in order: what all assets say, or those that have the one value of a custom field."""
    return f"{_source(shape, beyond)} {_in_order(shape)}"


def _source(shape: Shape, beyond: str, beside: str = "") -> str:
    source, number = "assets_search entry", _value_walked(shape)
    if number is not None:
        source, column = "assets_fieldvalue entry", shape.asked[number].equal
        beyond += (
            f" AND entry.field_id = %(field{number})s "
            f"AND entry.{column} = %(value{number}_0)s::{TYPES[column or '']}"
        )
    return f"FROM {source} {beside} WHERE entry.organization_id = {shape.tenant}{beyond}"


def _asset(narrowed: str) -> str:
    return (
        "CROSS JOIN LATERAL (SELECT asset.* FROM assets_asset asset "  # noqa: S608  columns and keywords of ours; what was asked is bound
        f"WHERE asset.id = entry.asset_id AND {narrowed} LIMIT 1) asset"
    )


def _in_order(shape: Shape) -> str:
    return f"ORDER BY entry.created_at {shape.way}, entry.asset_id {shape.way}"


def _value_walked(shape: Shape) -> int | None:
    """Return the number of the condition that asks for one value of a custom field."""
    return next((number for number, each in enumerate(shape.asked) if each.equal is not None), None)
