"""What search finds and filters ask follows the asset: everything it says in words, its fields' values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from assets.fieldtypes import LONGEST_COMPARED
from assets.models import Asset, Sidecar, Version
from assets.queries.said import LONGEST_TEXT, said_by
from assets.search import FORM, entry, typos
from dam.core.delivery import outbox
from dam.core.tenancy import current_organization

#: The topic of words that were not known before; they are learnt after commit, where nobody waits for them.
WORDS = "assets.words"
#: So many words of an asset are learnt, for whoever mistypes one of them.
MOST_LEARNT = 1000
_LEARNT_AT_ONCE = 5000


def index_asset(asset: Asset) -> None:
    """Enter an asset among what search finds, or enter it anew. In scope, in the transaction that changes it."""
    index_assets([asset.id])


def index_assets(asset_ids: Collection[UUID]) -> None:
    """Enter assets among what search finds, or enter them anew; a constant number of statements for many.

    Whoever changes what an asset says calls it: a title, tags, fields, a version, a comment, a sidecar.

    Locks and transaction: in scope, in the transaction that changes them; locks their entries, in order of ids, so
    that of two changes the later one sees what the earlier one has said.
    """
    ids = sorted(asset_ids)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"assets": ids, "organization": current_organization()})
        entered = {asset_id: entry(said) for asset_id, said in said_by(ids).items()}
        cursor.execute(
            _ENTER,
            {
                "assets": list(entered),
                "words": [each.vector for each in entered.values()],
                "form": FORM,
                "organization": current_organization(),
            },
        )
    _tell_new_words({word for each in entered.values() for word in each.learnt[:MOST_LEARNT]})


_LOCK = """
    SELECT FROM assets_search WHERE organization_id = %(organization)s AND asset_id = ANY (%(assets)s::uuid[])
    ORDER BY asset_id FOR UPDATE
"""
# What stays the same is not written: every word of it would be entered into the index again.
_ENTER = """
    INSERT INTO assets_search (organization_id, asset_id, created_at, words, form)
    SELECT asset.organization_id, asset.id, asset.created_at, fresh.words::tsvector, %(form)s
    FROM unnest(%(assets)s::uuid[], %(words)s::text[]) AS fresh(id, words)
    JOIN assets_asset asset ON asset.organization_id = %(organization)s AND asset.id = fresh.id
    ON CONFLICT (asset_id) DO UPDATE SET words = excluded.words, form = excluded.form
    WHERE (assets_search.words, assets_search.form) IS DISTINCT FROM (excluded.words, excluded.form)
"""


def set_sidecar_words(sidecar: Sidecar, *, text: str) -> None:
    """Note what is spoken in a sidecar, so that search finds it.

    Locks and transaction: in scope, in the caller's transaction.
    """
    sidecar.words = text[:LONGEST_TEXT].replace("\0", " ")
    sidecar.save(update_fields=["words", "updated_at"])
    index_assets(list(Version.objects.filter(id=sidecar.version_id).values_list("asset_id", flat=True)))


# --- words that a mistyped one may mean -----------------------------------------------------------------


def _tell_new_words(words: Iterable[str]) -> None:
    """Send the words that the organisation's lexicon lacks on their way to it, after commit."""
    unknown = _unknown(words)
    for start in range(0, len(unknown), _LEARNT_AT_ONCE):
        outbox.publish(WORDS, {"words": unknown[start : start + _LEARNT_AT_ONCE]})


_KNOWN = """
    SELECT lexicon.word FROM unnest(%(heads)s::text[], %(words)s::text[]) AS asked(head, word)
    JOIN assets_lexicon lexicon ON lexicon.cut = asked.head AND lexicon.word = asked.word
    WHERE lexicon.organization_id = %(organization)s
"""
_LEARN = """
    INSERT INTO assets_lexicon (organization_id, cut, word)
    SELECT %(organization)s, fresh.cut, fresh.word FROM unnest(%(cuts)s::text[], %(words)s::text[]) AS fresh(cut, word)
    ON CONFLICT DO NOTHING
"""


def _unknown(words: Iterable[str]) -> list[str]:
    """Return in order those words that the lexicon lacks."""
    wanted = sorted(words)
    heads = [each[: typos.CUT_LETTERS] for each in wanted]
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {
            "heads": heads,
            "words": wanted,
            "organization": current_organization(),
        }
        cursor.execute(_KNOWN, asked)
        known = {word for (word,) in cursor.fetchall()}
    return [each for each in wanted if each not in known]


def learn_words(payloads: Sequence[Mapping[str, Any]]) -> None:
    """Enter words into the organisation's lexicon; known ones stay as they are.

    Locks and transaction: in scope; one at a time for an organisation, as the relay runs it, so that nobody's change
    waits for another's words.
    """
    unknown = _unknown({each for payload in payloads for each in payload["words"]})
    rows = sorted((cut, word) for word in unknown for cut in typos.cuts(word))
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _LEARNT_AT_ONCE):
            some = rows[start : start + _LEARNT_AT_ONCE]
            entered = {"cuts": [cut for cut, _ in some], "words": [word for _, word in some]}
            cursor.execute(_LEARN, entered | {"organization": current_organization()})


# --- values of custom fields ----------------------------------------------------------------------------


def index_fields(asset_ids: Sequence[UUID], *, keys: Collection[str] | None = None) -> None:
    """Enter the values of assets' custom fields anew, typed by their definitions; one statement for many assets.

    With `keys` the others are known to be as they were.

    Locks and transaction: in scope, in the transaction that changes the assets or the definitions.
    """
    given = {
        "keys": None if keys is None else list(keys),
        "longest": LONGEST_COMPARED,
        "organization": current_organization(),
        "assets": list(asset_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, given)
        cursor.execute(_VALUES, given)


_FORGET = """
    DELETE FROM assets_fieldvalue WHERE organization_id = %(organization)s AND asset_id = ANY (%(assets)s::uuid[])
        AND (%(keys)s::text[] IS NULL OR field_id = ANY (ARRAY(SELECT field.id FROM assets_field field
            WHERE field.organization_id = %(organization)s AND field.key = ANY (%(keys)s::text[]))))
"""
_VALUES = """
    INSERT INTO assets_fieldvalue
        (organization_id, asset_id, field_id, place, created_at, as_text, as_number, as_time)
    SELECT asset.organization_id, asset.id, field.id, value.place - 1, asset.created_at,
        CASE WHEN field.type NOT IN ('number', 'date', 'datetime') THEN left(value.plain, %(longest)s) END,
        CASE WHEN field.type = 'number' THEN value.plain::float8 END,
        CASE WHEN field.type IN ('date', 'datetime') THEN value.plain::timestamptz END
    FROM assets_asset asset
    CROSS JOIN LATERAL jsonb_each(asset.fields) AS held(key, value)
    JOIN assets_field field ON field.organization_id = asset.organization_id AND field.key = held.key
    CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(held.value)
        WHEN 'array' THEN held.value ELSE jsonb_build_array(held.value) END)
        WITH ORDINALITY AS value(plain, place)
    WHERE asset.organization_id = %(organization)s AND asset.id = ANY (%(assets)s::uuid[])
        AND (%(keys)s::text[] IS NULL OR field.key = ANY (%(keys)s::text[]))
"""
