"""Watermarked copies for the guests of watermarked shares: asked for when somebody looks, kept while they are used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from assets import queries as assets
from assets.models import Version
from dam.core.access import Actor, Mark
from dam.core.errors import NotFound, TooManyRequests
from dam.core.web import limits
from dam.core.web.limits import Rate
from jobs import services as jobs
from jobs.models import Job, Priority
from previews import queries
from previews.edge_tokens import Kind
from previews.models import MarkedCopy, Preview
from previews.queries import PROXY
from previews.services.playing import look_at
from previews.services.requests import USABLE
from previews.services.stills import FrameNotReady

COPY_KIND = "watermark"
PICTURES, FILM = MarkedCopy.Part.PICTURES, MarkedCopy.Part.FILM
BUILDING, FAILED = Preview.State.BUILDING, Preview.State.FAILED
#: Copies that the guests of one share may set going: each visitor of a per-viewer share needs one.
FILMS_A_SHARE, PICTURES_A_SHARE = Rate(120, 3600), Rate(6000, 3600)
#: A copy that failed is tried again when somebody asks this much later.
TRIED_AGAIN_AFTER = timedelta(minutes=1)
NOTED_EVERY = timedelta(hours=1)
_QUEUES = {PICTURES: "short", FILM: "encode"}


def marked_playback(actor: Actor, version: Version) -> dict[str, Any]:
    """Return what a guest of a watermarked share plays: marked copies alone, which are begun where there are none.

    While the copy that is played is being made the state is `building`, and `preparing` says how far it is (0..1).

    Raises:
        TooManyRequests: the guests of this share have set too many copies going.
    """
    preview = look_at(actor, version)
    document = queries.bare_document(version, state=version.preview_state, reason=version.preview_reason)
    mark = actor.share.mark if actor.share else None
    if mark is None or preview.state not in USABLE:
        return document
    copies = [_copy(actor, version, preview=preview, part=part) for part in _parts_of(preview)]
    _note_use(copies)
    for copy in copies:
        fresh = queries.addressed(version, queries.addresses_of(actor, copy), copy.published)
        document |= {name: value for name, value in fresh.items() if _is_told(value)}
    played = next((each for each in copies if each.part == FILM), copies[0] if copies else None)
    if played is not None and played.state in (BUILDING, FAILED):
        document |= {"state": played.state, "reason": played.reason or None}
    if played is not None and played.state == BUILDING:
        progress = _progress_of(played)
        document |= {"progress": progress, "preparing": {"progress": progress}}
    return document


def _is_told(value: Any) -> bool:
    return any(value.values()) if isinstance(value, dict) else value is not None


def prepare_pictures(actor: Actor, asset_ids: Sequence[UUID]) -> None:
    """Begin the marked pictures that a page of a watermarked share's assets lacks."""
    mark = actor.share.mark if actor.share else None
    if mark is None:
        return
    shown = {each.sha256: each for each in assets.heads(actor, asset_ids).values()}
    rows = Preview.objects.filter(sha256__in=shown, is_active=True, state__in=USABLE)
    wanted = {queries.marked_digest(mark, each): each for each in rows if PICTURES in _parts_of(each)}
    there = MarkedCopy.objects.filter(digest__in=wanted, part=PICTURES).values_list("digest", flat=True)
    for digest in sorted(wanted.keys() - set(there)):
        preview = wanted[digest]
        try:
            _copy(actor, shown[preview.sha256], preview=preview, part=PICTURES)
        except TooManyRequests:
            return


def marked_download_url(actor: Actor, version: Version) -> str:
    """Return the address of the marked MP4 as an attachment, or of the marked picture of a still.

    Raises:
        FrameNotReady: the copy is still being made, or could not be.
        NotFound: nothing of this version can be marked.
    """
    document = marked_playback(actor, version)
    copy = queries.marked_film(actor, version)
    if copy is not None and PROXY in copy.published:
        return queries.addresses_of(actor, copy).url(PROXY, kind=Kind.DL)
    if version.kind in ("image", "document") and document["poster"]:
        return str(document["poster"])
    if copy is None and document["state"] in ("ready", "partial"):
        raise NotFound
    raise FrameNotReady("The watermarked copy is not there yet.")


def _parts_of(preview: Preview) -> list[str]:
    """Name what there is to copy."""
    has_film = PROXY in preview.published
    has_pictures = any(name.startswith("img/") and name.endswith(".webp") for name in preview.published)
    return [*([PICTURES] if has_pictures else []), *([FILM] if has_film else [])]


def _copy(actor: Actor, version: Version, *, preview: Preview, part: str) -> MarkedCopy:
    """Return one copy, begun by one of all who ask for it at the same time."""
    share = actor.share
    if share is None or share.mark is None:
        raise NotFound
    digest = queries.marked_digest(share.mark, preview)
    found = MarkedCopy.objects.filter(digest=digest, part=part).first()
    if found is not None and not _is_to_be_tried(found):
        return found
    rate = FILMS_A_SHARE if part == FILM else PICTURES_A_SHARE
    limits.spend("watermark", {f"watermark:{part}:{share.share_id}": rate})
    copy = found or _made(share.mark, preview=preview, digest=digest, part=part)
    rows = MarkedCopy.objects.select_for_update()
    copy = rows.get(id=copy.id)
    if copy.job_id is None or _is_to_be_tried(copy):
        _enqueue(copy, version=version)
    return copy


def _is_to_be_tried(copy: MarkedCopy) -> bool:
    return copy.state == FAILED and copy.updated_at < timezone.now() - TRIED_AGAIN_AFTER


def _made(mark: Mark, *, preview: Preview, digest: str, part: str) -> MarkedCopy:
    try:
        with transaction.atomic():
            return MarkedCopy.objects.create(
                sha256=preview.sha256,
                source_generation=preview.generation,
                digest=digest,
                part=part,
                mark=asdict(queries.drawn_mark(mark)),
            )
    except IntegrityError:
        return MarkedCopy.objects.get(digest=digest, part=part)


def _enqueue(copy: MarkedCopy, *, version: Version) -> None:
    job, _ = jobs.enqueue(
        kind=COPY_KIND,
        project_id=version.asset.project_id,
        version_id=version.id,
        payload={"copy": str(copy.id)},
        idem_key=str(copy.id),
        queue=_QUEUES[MarkedCopy.Part(copy.part)],
        created_by=None,
        restart=True,
        priority=Priority.WATCHED if copy.part == FILM else Priority.USUAL,
    )
    copy.job_id, copy.state, copy.reason = job.id, BUILDING, ""
    copy.save(update_fields=["job_id", "state", "reason", "updated_at"])


def _note_use(copies: Sequence[MarkedCopy]) -> None:
    stale = timezone.now() - NOTED_EVERY
    ids = [each.id for each in copies if each.used_at < stale]
    if ids:
        MarkedCopy.objects.filter(id__in=ids).update(used_at=timezone.now())


def _progress_of(copy: MarkedCopy) -> float:
    if copy.job_id is None:
        return 0.0
    found = Job.objects.filter(id=copy.job_id).values_list("progress", flat=True).first()
    return round(found or 0.0, 3)
