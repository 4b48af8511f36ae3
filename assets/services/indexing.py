"""What search finds and filters ask follows the asset: everything it says in words, its fields' values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any
from uuid import UUID

from django.db import connection

from assets.fieldtypes import LONGEST_COMPARED
from assets.models import Asset, FieldValue, LexiconEntry, SearchEntry, Sidecar, Version
from assets.search import FORM, Said, learnt, typos, vector
from dam.core import registry
from dam.core.delivery import outbox
from dam.core.tenancy import current_organization

#: The topic of words that were not known before; they are learnt after commit, where nobody waits for them.
WORDS = "assets.words"
#: So many texts of one kind, and characters of one text, are looked at: what search knows of an asset has its end.
MOST_TEXTS, LONGEST_TEXT = 500, 100_000
_LEARNT_AT_ONCE = 1000


def index_asset(asset: Asset) -> None:
    """Enter an asset among what search finds, or enter it anew. In scope, in the transaction that changes it."""
    index_assets([asset.id])


def index_assets(asset_ids: Collection[UUID]) -> None:
    """Enter assets among what search finds, or enter them anew; a constant number of statements for many.

    Whoever changes what an asset says calls it: a title, tags, fields, a version, a comment, a sidecar.

    Locks and transaction: in scope, in the transaction that changes them; locks their entries, in order of ids, so
    that of two changes the later one sees what the earlier one has said.
    """
    entries = SearchEntry.objects.filter(asset_id__in=asset_ids)
    list(entries.select_for_update().order_by("asset_id").values_list("asset_id"))
    said = _said_by(asset_ids)
    fresh = [
        SearchEntry(asset_id=asset_id, created_at=created_at, words=vector(each), form=FORM)
        for asset_id, (created_at, each) in said.items()
    ]
    SearchEntry.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["asset"], update_fields=["words", "form"]
    )
    _tell_new_words(each for _, each in said.values())


def _said_by(asset_ids: Collection[UUID]) -> dict[UUID, tuple[Any, Said]]:
    """Return when each asset came and what it says, by where it says it."""
    versions = defaultdict[UUID, dict[UUID, str]](dict)
    rows = (
        Version.objects.filter(asset_id__in=asset_ids)
        .order_by("-number")
        .values_list("asset_id", "id", "name")
    )
    for asset_id, version_id, name in rows:
        versions[asset_id][version_id] = name
    ids = [each for held in versions.values() for each in held]
    comments, sidecars = registry.said("version", "comments", ids), _spoken(ids)
    columns = ("id", "created_at", "title", "tags", "fields")
    return {
        asset_id: (
            created_at,
            Said(
                title,
                tags,
                fields,
                list(dict.fromkeys(versions[asset_id].values()))[:MOST_TEXTS],
                _texts(comments, versions[asset_id]),
                _texts(sidecars, versions[asset_id]),
            ),
        )
        for asset_id, created_at, title, tags, fields in Asset.objects.filter(id__in=asset_ids)
        .order_by("id")
        .values_list(*columns)
    }


def _texts(held: Mapping[UUID, Sequence[str]], version_ids: Iterable[UUID]) -> list[str]:
    found = chain.from_iterable(held.get(each, ()) for each in version_ids)
    return [each[:LONGEST_TEXT] for each in islice(found, MOST_TEXTS)]


def _spoken(version_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Return what is spoken in the subtitles beside versions."""
    spoken = defaultdict[UUID, list[str]](list)
    rows = Sidecar.objects.filter(version_id__in=version_ids).exclude(words="").order_by("id")
    for version_id, text in rows.values_list("version_id", "words"):
        spoken[version_id].append(text)
    return spoken


def set_sidecar_words(sidecar: Sidecar, *, text: str) -> None:
    """Note what is spoken in a sidecar, see `assets.search.spoken`, so that search finds it.

    Locks and transaction: in scope, in the caller's transaction.
    """
    sidecar.words = text[:LONGEST_TEXT].replace("\0", " ")
    sidecar.save(update_fields=["words", "updated_at"])
    index_assets(list(Version.objects.filter(id=sidecar.version_id).values_list("asset_id", flat=True)))


# --- words that a mistyped one may mean -----------------------------------------------------------------


def _tell_new_words(said: Iterable[Said]) -> None:
    """Send the words that the organisation's lexicon lacks on their way to it, after commit."""
    unknown = _unknown(learnt(text for each in said for text in each.texts()))
    for start in range(0, len(unknown), _LEARNT_AT_ONCE):
        outbox.publish(WORDS, {"words": unknown[start : start + _LEARNT_AT_ONCE]})


def _unknown(words: Iterable[str]) -> list[str]:
    """Return in order those words that the lexicon lacks."""
    wanted = {each: each[: typos.CUT_LETTERS] for each in words}
    rows = LexiconEntry.objects.filter(cut__in=set(wanted.values()), word__in=list(wanted))
    return sorted(set(wanted) - set(rows.values_list("word", flat=True)))


def learn_words(payloads: Sequence[Mapping[str, Any]]) -> None:
    """Enter words into the organisation's lexicon; known ones stay as they are.

    Locks and transaction: in scope, in a transaction of its own kind: one at a time for an organisation, as the relay
    runs it, so that nobody's change waits for another's words.
    """
    unknown = _unknown({each for payload in payloads for each in payload["words"]})
    LexiconEntry.objects.bulk_create(
        [LexiconEntry(cut=cut, word=word) for word in unknown for cut in typos.cuts(word)],
        ignore_conflicts=True,
        batch_size=5000,
    )


# --- values of custom fields ----------------------------------------------------------------------------


def index_fields(asset_ids: Sequence[UUID]) -> None:
    """Enter the values of assets' custom fields anew, typed by their definitions; one statement for many assets.

    Locks and transaction: in scope, in the transaction that changes the assets or the definitions.
    """
    FieldValue.objects.filter(asset_id__in=asset_ids).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            """
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
            """,
            {
                "longest": LONGEST_COMPARED,
                "organization": current_organization(),
                "assets": list(asset_ids),
            },
        )
