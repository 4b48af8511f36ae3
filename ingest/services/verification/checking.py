"""Going through the organisations: rows first, then places in the store, then the masters, several at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.utils import timezone

from assets.models import Master
from dam.core import storage, tenancy
from ingest.manifest import digest_of_key
from ingest.models import Manifest
from ingest.queries import consistency
from ingest.services.verification.stored import StoredManifest, StoredMaster, faults_of

PAGE = 200
READERS = 4
# What is in progress brings its rows and places in line within this time, lost workers included.
GRACE_S = 600.0

OnStep = Callable[[str, int], None]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be; `id` names the row or the key."""

    check: str
    organization: str
    id: str
    detail: str


@dataclass
class Report:
    """How much was looked at, and what was found."""

    checked: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(
    *,
    organization_ids: Iterable[UUID],
    sample: int | None = None,
    grace_s: float = GRACE_S,
    on_step: OnStep = lambda noun, count: None,
) -> Report:
    """Check organisations one after the other; nothing is written anywhere.

    Memory does not grow with the catalogue: rows come in pages, bytes in chunks. `sample` reads that many masters
    of each organisation, chosen at random, in place of all. `on_step(noun, count)` hears of each thing checked, and
    of `masters to read` when an organisation begins.

    Units: `grace_s` seconds that work in progress may be old.

    Locks and transaction: outside any; short transactions that read.
    """
    report = Report()
    with ThreadPoolExecutor(READERS, thread_name_prefix="verify") as pool:
        for organization_id in organization_ids:
            _count(report, on_step, "organizations", 1)
            _ask_rows(report, organization_id, grace_s=grace_s, on_step=on_step)
            _look_into_places(report, organization_id, grace_s=grace_s, on_step=on_step)
            _read_masters(report, organization_id, sample=sample, pool=pool, on_step=on_step)
    return report


def _count(report: Report, on_step: OnStep, noun: str, count: int) -> None:
    report.checked[noun] += count
    on_step(noun, count)


def _ask_rows(report: Report, organization_id: UUID, *, grace_s: float, on_step: OnStep) -> None:
    with tenancy.scope(organization_id):
        for each in consistency.contradictions(grace_s=grace_s):
            report.findings.append(Finding(each.check, str(organization_id), each.row_id, each.detail))
    _count(report, on_step, "questions", consistency.question_count())


def _look_into_places(report: Report, organization_id: UUID, *, grace_s: float, on_step: OnStep) -> None:
    """Look for what lies in staging, or half copied in masters, and belongs to nothing."""
    prefix, before = f"{organization_id}/", timezone.now() - timedelta(seconds=grace_s)
    organization = str(organization_id)
    keys = storage.keys_under("promoter", "staging", prefix)
    while page := list(islice(keys, PAGE)):
        with tenancy.scope(organization_id):
            for key, detail in consistency.unknown_keys(page).items():
                report.findings.append(Finding("staging-left", organization, key, detail))
        _count(report, on_step, "staged objects", len(page))
    for each in storage.multiparts_under("promoter", "staging", prefix):
        _count(report, on_step, "open multipart uploads", 1)
        with tenancy.scope(organization_id):
            if each.initiated_at < before and not consistency.is_collecting(each.upload_id):
                detail = "no open upload collects these parts"
                report.findings.append(Finding("multipart-left", organization, each.key, detail))
    for each in storage.multiparts_under("promoter", "masters", prefix):
        _count(report, on_step, "open multipart uploads", 1)
        with tenancy.scope(organization_id):
            if each.initiated_at < before and digest_of_key(each.key) not in consistency.claimed_digests():
                detail = "no job copies into it"
                report.findings.append(Finding("multipart-left", organization, each.key, detail))


def _read_masters(
    report: Report, organization_id: UUID, *, sample: int | None, pool: ThreadPoolExecutor, on_step: OnStep
) -> None:
    with tenancy.scope(organization_id):
        total = Master.objects.count()
    on_step("masters to read", total if sample is None else min(sample, total))
    for page in _pages(organization_id, sample=sample):
        for master, faults in zip(page, pool.map(faults_of, page), strict=True):
            for check, detail in faults:
                report.findings.append(Finding(check, str(organization_id), master.row_id, detail))
            _count(report, on_step, "manifests", len(master.manifests))
            _count(report, on_step, "bytes", master.size)
            _count(report, on_step, "masters", 1)


def _pages(organization_id: UUID, *, sample: int | None) -> Iterator[list[StoredMaster]]:
    """Yield the masters to read, a page in memory at a time."""
    if sample is not None:
        with tenancy.scope(organization_id):
            chosen = list(Master.objects.order_by("?").values_list("id", flat=True)[:sample])
        for first in range(0, len(chosen), PAGE):
            with tenancy.scope(organization_id):
                rows = list(Master.objects.filter(id__in=chosen[first : first + PAGE]))
                page = _with_manifests(rows)
            yield page
        return
    after: UUID | None = None
    while True:
        with tenancy.scope(organization_id):
            masters = Master.objects.order_by("id")
            rows = list((masters.filter(id__gt=after) if after else masters)[:PAGE])
            page = _with_manifests(rows)
        if not page:
            return
        yield page
        after = rows[-1].id


def _with_manifests(rows: list[Master]) -> list[StoredMaster]:
    manifests: dict[str, list[StoredManifest]] = defaultdict(list)
    for each in Manifest.objects.filter(sha256__in=[row.sha256 for row in rows]).order_by("number"):
        manifests[each.sha256].append(
            StoredManifest(each.key, each.storage_version, each.digest, each.document)
        )
    return [
        StoredMaster(
            row_id=str(row.id),
            sha256=row.sha256,
            key=row.key,
            storage_version=row.storage_version,
            size=row.size,
            lock_mode=row.lock_mode,
            locked_until=row.locked_until,
            manifests=tuple(manifests[row.sha256]),
            is_held=row.held_at is not None,
        )
        for row in rows
    ]
