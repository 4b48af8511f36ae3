"""Ending addresses before their time: of an organisation that is stopped, of bytes that must not be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils import timezone

from assets import services as assets
from dam.core import storage, tenancy
from dam.core.access import SYSTEM
from jobs import services as jobs
from jobs.models import Job
from jobs.models import State as JobState
from orgs.models import Organization
from orgs.services import organization_id_by_slug
from previews.edge_tokens import revocation_of_digest, revocation_of_organization, revocation_of_share
from previews.models import Preview, Revocation
from previews.services.publishing import object_prefix
from previews.services.watermarks_sweep import copies_of, drop_copy

IDENTITY = "gpu-writer"
FOLDERS = ("hls", "mp4", "img")
TAKEN_DOWN = "These previews were taken down by an operator."
UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class TakenDown:
    """What a takedown did: organisations that showed the bytes, files deleted, builds that were cancelled."""

    organizations: int
    objects: int
    builds: int


def organization_named(word: str) -> UUID | None:
    """Return the organisation of a slug or id, or None."""
    found = organization_id_by_slug(word)
    if found is not None:
        return found
    try:
        wanted = UUID(word)
    except ValueError:
        return None
    with tenancy.scope(wanted):
        return wanted if Organization.objects.filter(id=wanted).exists() else None


def stop_organization(organization_id: UUID, *, reason: str = "") -> None:
    """Let the edges refuse every address of an organisation, until it is let through again."""
    _revoke(revocation_of_organization(organization_id), reason=reason)


def resume_organization(organization_id: UUID) -> bool:
    """Let the edges serve an organisation again; answers whether it was stopped."""
    return _lift(revocation_of_organization(organization_id))


def revive_share(share_id: UUID) -> None:
    """Let the edges serve a share again that had run out; `previews.models.Revocation` says what the row is for."""
    now = timezone.now()
    changed = {"reason": "ran out, was given more time", "revoked_at": now, "lifted_at": now}
    Revocation.objects.update_or_create(entry=revocation_of_share(share_id), defaults=changed)


def take_down(sha256: str, *, reason: str = "") -> TakenDown:
    """Let nobody see the previews of a digest again: addresses refused, builds ended, files deleted.

    Its watermarked copies go with it. Edges refuse the addresses within seconds and then throw away what they have of the digest. The masters stay.
    May be repeated: a build that was cancelled may have stored a last file meanwhile.
    """
    _revoke(revocation_of_digest(sha256), reason=reason)
    objects = builds = 0
    organizations = _organizations_with(sha256)
    for organization_id in organizations:
        with tenancy.scope(organization_id):
            generations, cancelled = _close(sha256)
            copies = _close_copies(sha256)
        builds += cancelled
        objects += sum(drop_copy(each, organization_id=organization_id) for each in copies)
        for generation in generations:
            prefix = object_prefix(organization_id, generation=generation)
            objects += sum(_delete_under(f"{prefix}{folder}/{sha256}/") for folder in FOLDERS)
        objects += _drop_copies(sha256, organization_id=organization_id, reason=reason)
    return TakenDown(organizations=len(organizations), objects=objects, builds=builds)


def _drop_copies(sha256: str, *, organization_id: UUID, reason: str) -> int:
    """Take the watermarked copies down with what they were made of; their digests never come again."""
    with tenancy.scope(organization_id):
        copies = copies_of([sha256])
    for copy in copies:
        _revoke(revocation_of_digest(copy.digest), reason=reason)
    return sum(drop_copy(copy.id, organization_id=organization_id) for copy in copies)


def restore(sha256: str) -> bool:
    """Let the previews of a digest be built and seen again; answers whether they were taken down.

    Nothing is rebuilt by itself: ask for the previews anew, with `force`.
    """
    lifted = _lift(revocation_of_digest(sha256))
    copies = Revocation.objects.filter(reason=_copy_of(sha256), lifted_at=None)
    copies.update(lifted_at=timezone.now())
    return lifted


def is_taken_down(sha256: str) -> bool:
    """Tell whether the previews of a digest may not be made."""
    return Revocation.objects.filter(entry=revocation_of_digest(sha256), lifted_at=None).exists()


def _revoke(entry: str, *, reason: str) -> None:
    now = timezone.now()
    changed = {"reason": reason, "revoked_at": now, "lifted_at": None}
    Revocation.objects.update_or_create(entry=entry, defaults=changed)


def _lift(entry: str) -> bool:
    return bool(Revocation.objects.filter(entry=entry, lifted_at=None).update(lifted_at=timezone.now()))


def _organizations_with(sha256: str) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT organizations_with_preview(%s)", [sha256])
        return [row[0] for row in cursor.fetchall()]


def _close(sha256: str) -> tuple[list[int], int]:
    """End the builds of a digest and address none of its files; returns its generations and how many were built.

    Locks and transaction: jobs before previews, as a job that ends takes them.
    """
    previews = Preview.objects.filter(sha256=sha256)
    cancelled = _end_jobs(previews.values_list("job_id", flat=True))
    closed = list(previews.select_for_update())
    for each in closed:
        each.state, each.reason, each.published = Preview.State.FAILED, TAKEN_DOWN, []
        each.save(update_fields=["state", "reason", "published", "updated_at"])
    assets.set_preview_state(sha256=sha256, state="failed", reason=TAKEN_DOWN)
    return [each.generation for each in closed], cancelled


def _close_copies(sha256: str) -> list[UUID]:
    """Let no watermarked copy of a digest be seen, and end what makes one; returns their ids."""
    copies = copies_of([sha256])
    for each in copies:
        _revoke(revocation_of_digest(each.digest), reason=_copy_of(sha256))
    _end_jobs([each.job_id for each in copies])
    return [each.id for each in copies]


def _copy_of(sha256: str) -> str:
    return f"a watermarked copy of {sha256}"


def _end_jobs(ids: Iterable[UUID | None]) -> int:
    wanted = [each for each in ids if each is not None]
    running = Job.objects.select_for_update().filter(id__in=wanted, state__in=UNDER_WAY)
    return len([jobs.cancel(each, actor=SYSTEM) for each in running])


def _delete_under(prefix: str) -> int:
    keys = list(storage.keys_under(IDENTITY, "previews", prefix))
    for key in keys:
        storage.delete(IDENTITY, "previews", key)
    return len(keys)
