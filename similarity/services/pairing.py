"""Finding what is the same: by digest, or by looks, through indexes and never everything with everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import product
from math import ceil
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from assets.models import Version
from dam.core.tenancy import current_organization
from similarity.media.likeness import Sample, likeness, nearest
from similarity.models import BANDS, Fingerprint, Look, Pair

#: So many versions of the same bytes a new one is paired with, and so many digests that look like one: series of
#: pictures that hardly differ shall not fill the list with every two of them.
MOST_TWINS, MOST_ALIKE = 20, 50
MOST_CANDIDATES = 20_000
#: Films are compared when they last as long, give or take so much: in seconds, and as a part of their length.
DURATION_S, DURATION_PART = 1.0, 0.02
#: Of a film's pictures that show anything, so many must be alike, and never fewer than two.
ALIKE_PART, LEAST_ALIKE = 0.8, 2

_BY_BAND = " UNION ".join(
    f"SELECT id FROM similarity_look WHERE organization_id = %(organization)s AND band{each} = ANY(%(band{each})s)"  # noqa: S608  the number of a band
    for each in range(BANDS)
)
_CANDIDATES = f"""
    SELECT DISTINCT look.fingerprint_id FROM similarity_look look
    JOIN similarity_fingerprint fingerprint ON fingerprint.organization_id = %(organization)s
        AND fingerprint.id = look.fingerprint_id
    WHERE look.organization_id = %(organization)s AND look.id IN ({_BY_BAND}) AND look.place = %(place)s
        AND fingerprint.id <> %(itself)s AND fingerprint.kind = %(kind)s AND fingerprint.recipe = %(recipe)s
        AND (%(shortest)s::float8 IS NULL OR fingerprint.duration BETWEEN %(shortest)s AND %(longest)s)
    LIMIT %(most)s
"""  # noqa: S608  the names of our own columns


def pair_exactly(versions: Sequence[Version]) -> int:
    """Pair each of these versions with the newest others of the same bytes; returns how many pairs are new.

    Locks and transaction: in scope, in the caller's transaction.
    """
    made = 0
    for version in versions:
        # Clones stand for the version of their own asset that they repeat.
        if version.cloned_from is not None:
            continue
        twins = Version.objects.filter(sha256=version.sha256, cloned_from=None)
        twins = twins.exclude(asset_id=version.asset_id)
        found = [(version, twin, 1.0) for twin in twins.order_by("-id")[:MOST_TWINS]]
        made += _enter(found, kind=Pair.Kind.EXACT)
    return made


def pair_digest(sha256: str) -> int:
    """Pair every version of a digest with those of the same bytes and of the same looks; returns how many are new.

    Locks and transaction: as `pair_exactly`.
    """
    versions = list(Version.objects.filter(sha256=sha256).order_by("-id")[:MOST_TWINS])
    if not versions:
        return 0
    made = pair_exactly(versions)
    scores = alike_masters(versions[0].master_id)
    others = Version.objects.filter(master_id__in=scores).order_by("-id")[: MOST_ALIKE * MOST_TWINS]
    found = [
        (version, other, scores[other.master_id])
        for version, other in product(versions, others)
        if version.asset_id != other.asset_id
    ]
    return made + _enter(found, kind=Pair.Kind.NEAR)


def alike_masters(master_id: UUID) -> dict[UUID, float]:
    """Return the masters of the organisation that look like this one, at most `MOST_ALIKE`, and how alike, up to 1."""
    fingerprint = Fingerprint.objects.filter(master_id=master_id).first()
    looks = (
        {each.place: Sample(bytes(each.sample)) for each in fingerprint.looks.all()} if fingerprint else {}
    )
    if fingerprint is None or not looks:
        return {}
    scores = _scores(looks, _others(fingerprint, looks))
    best = sorted(scores, key=lambda each: -scores[each])[:MOST_ALIKE]
    masters = Fingerprint.objects.filter(id__in=best).values_list("id", "master_id")
    return {master: scores[found] for found, master in masters}


def _others(fingerprint: Fingerprint, looks: dict[int, Sample]) -> dict[UUID, dict[int, Sample]]:
    """Return the looks of everything that shares a band with one of these, by fingerprint and place."""
    candidates: set[UUID] = set()
    for place, sample in looks.items():
        candidates |= _candidates(fingerprint, place=place, sample=sample)
    found: dict[UUID, dict[int, Sample]] = defaultdict(dict)
    rows = Look.objects.filter(fingerprint_id__in=candidates).values_list("fingerprint_id", "place", "sample")
    for owner, place, packed in rows:
        found[owner][place] = Sample(bytes(packed))
    return found


def _candidates(fingerprint: Fingerprint, *, place: int, sample: Sample) -> set[UUID]:
    length = fingerprint.duration
    margin = max(DURATION_S, DURATION_PART * length) if length is not None else 0.0
    values: dict[str, Any] = {
        "organization": current_organization(),
        "itself": fingerprint.id,
        "place": place,
        "kind": fingerprint.kind,
        "recipe": fingerprint.recipe,
        "shortest": None if length is None else length - margin,
        "longest": None if length is None else length + margin,
        "most": MOST_CANDIDATES,
    }
    values |= {f"band{number}": words for number, words in enumerate(sample.probes())}
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, values)
        return {row[0] for row in cursor.fetchall()}


def _scores(looks: dict[int, Sample], others: dict[UUID, dict[int, Sample]]) -> dict[UUID, float]:
    """Return how alike the others are, of those that are."""
    owners, near = list(others), set[UUID]()
    for place, sample in looks.items():
        here = [each for each in owners if place in others[each]]
        near |= {here[each] for each in nearest(sample, [others[each][place] for each in here])}
    found = {each: _score(looks, others[each]) for each in near}
    return {each: score for each, score in found.items() if score is not None}


def _score(looks: dict[int, Sample], other: dict[int, Sample]) -> float | None:
    """Return how alike two sets of pictures are, place by place, or None where they are not."""
    places = sorted(set(looks) & set(other))
    alike = [score for each in places if (score := likeness(looks[each], other[each])) is not None]
    is_still = len(looks) == len(other) == 1
    least = 1 if is_still else max(LEAST_ALIKE, ceil(ALIKE_PART * max(len(looks), len(other))))
    return round(sum(alike) / len(alike), 4) if alike and len(alike) >= least else None


def _enter(found: Iterable[tuple[Version, Version, float]], *, kind: str) -> int:
    """Write pairs that are new, but for versions of assets that people have told apart."""
    pairs = [(one, other, score) if one.id < other.id else (other, one, score) for one, other, score in found]
    if not pairs:
        return 0
    told_apart = _told_apart({each.asset_id for first, second, _ in pairs for each in (first, second)})
    known = set(
        Pair.objects.filter(
            first_id__in=[first.id for first, _, _ in pairs],
            second_id__in=[second.id for _, second, _ in pairs],
        ).values_list("first_id", "second_id")
    )
    fresh = {
        (first.id, second.id): Pair(first=first, second=second, kind=kind, score=score)
        for first, second, score in pairs
        if (first.id, second.id) not in known
        and frozenset({first.asset_id, second.asset_id}) not in told_apart
    }
    Pair.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    return len(fresh)


def _told_apart(asset_ids: Iterable[UUID]) -> set[frozenset[UUID]]:
    versions = list(Version.objects.filter(asset_id__in=set(asset_ids)).values_list("id", flat=True))
    dismissed = Pair.objects.filter(
        Q(first_id__in=versions) | Q(second_id__in=versions), state=Pair.State.DISMISSED
    )
    return {frozenset(each) for each in dismissed.values_list("first__asset_id", "second__asset_id")}
