"""Reads of the room: what can be played, and at which signed addresses."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet, Sum

from assets import queries as assets
from assets.models import PreviewState, Version
from dam.core import reads, tenancy
from dam.core.access import Actor, Mark, Permission, may
from dam.core.errors import Forbidden, unseen
from previews.edge_tokens import (
    NO_SHARE,
    Grant,
    KeyFile,
    Kind,
    SigningKey,
    edge_url,
    expiry_s,
    issue_token,
    token_maker,
)
from previews.media.builds import watermark
from previews.models import Egress, MarkedCopy, Preview, Revocation

THUMBNAILS = (150, 300, 1280)
SUMS = ("requests", "bytes", "origin_bytes")
LIVE, MASTER, PROXY = "hls/live.m3u8", "hls/master.m3u8", "mp4/proxy.mp4"
POSTER, STORYBOARD, FIRST_SHEET = "img/poster.webp", "img/storyboard.vtt", "img/storyboard-000.webp"
FRAMES = "img/frames.json"
WAVEFORM, FIRST_PAGE = "img/waveform.json", "img/pages/1.webp"
#: What playback hands out; the other files of a build are found through these.
ADDRESSED = frozenset(
    {LIVE, MASTER, PROXY, POSTER, STORYBOARD, FIRST_SHEET, WAVEFORM, FRAMES, FIRST_PAGE}
    | {f"img/{size}.webp" for size in THUMBNAILS}
)


@dataclass(frozen=True)
class Addresses:
    """Signs the files of one digest for one viewer; every kind has a token of its own."""

    organization_id: UUID
    digest: str
    generation: int
    share_id: UUID
    expires_s: int

    def url(self, name: str, *, kind: Kind | None = None) -> str:
        """Return the address of a published file such as `img/poster.webp`."""
        folder, _, rest = name.partition("/")
        kind = kind or Kind(folder)
        grant = Grant(
            organization=self.organization_id,
            digest=self.digest,
            kinds=(kind,),
            share=self.share_id,
            generation=self.generation,
        )
        token = issue_token(signing_key(), grant=grant, expires_s=self.expires_s)
        return edge_url(settings.EDGE_URL, token=token, kind=kind, digest=self.digest, rest=rest)

    def optional(self, name: str, *, published: Collection[str]) -> str | None:
        """Return the address of a file, or None until it is there."""
        return self.url(name) if name in published else None


def signing_key() -> SigningKey:
    """Return the key shared with the edge that signs now."""
    file = settings.EDGE_SIGNING_KEY_FILE
    return _key_file(Path(file)).keys()[0] if file else _signing_keys(settings.EDGE_SIGNING_KEY)[0]


_key_file = lru_cache(maxsize=1)(KeyFile)
_signing_keys = lru_cache(maxsize=1)(SigningKey.parse_all)


def addresses_of(actor: Actor, preview: Preview | MarkedCopy) -> Addresses:
    """Return the signer of a preview's files for this viewer, valid from now on and never longer than the share."""
    expires_s = expiry_s(time.time(), ttl_s=settings.EDGE_TOKEN_TTL)
    if actor.share is not None and actor.share.expires_at is not None:
        expires_s = min(expires_s, int(actor.share.expires_at.timestamp()))
    return Addresses(
        organization_id=preview.organization_id,
        digest=preview.digest if isinstance(preview, MarkedCopy) else preview.sha256,
        generation=preview.generation,
        share_id=actor.share.share_id if actor.share else NO_SHARE,
        expires_s=expires_s,
    )


def previews_of(digests: Sequence[str]) -> dict[str, Preview]:
    """Return the preview that playback addresses, by digest."""
    rows = Preview.objects.filter(sha256__in=set(digests), is_active=True).defer("renditions")
    return {each.sha256: each for each in rows}


def playback(actor: Actor, version: Version) -> dict[str, Any]:
    """Return the playback document of a version that the actor may see."""
    return playback_document(actor, version, preview=previews_of([version.sha256]).get(version.sha256))


def version_with_digest(actor: Actor, sha256: str, permission: Permission) -> Version:
    """Return a version of these bytes for which the actor has the permission, from the organisation in scope.

    Raises:
        Invalid: there is none, or the actor sees none (`version_sha`).
        Forbidden: the actor's role allows this for none of those that can be seen.
    """
    found = [each for each in assets.versions_with_digest(sha256) if each.asset.trashed_at is None]
    seen = [each for each in found if may(actor, Permission.VIEW, assets.target_of(actor, each))]
    if not seen:
        raise unseen("version_sha")
    for each in seen:
        if may(actor, permission, assets.target_of(actor, each)):
            return each
    raise Forbidden


def playbacks(
    actor: Actor, version_ids: Sequence[UUID], *, organization_ids: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Return the playback documents of those versions that the actor sees in these organisations.

    Locks and transaction: opens the scope of one organisation after the other, until every id is found.
    """
    found: dict[UUID, dict[str, Any]] = {}
    for organization_id in organization_ids:
        missing = [each for each in version_ids if each not in found]
        if not missing:
            break
        with tenancy.scope(organization_id):
            found |= _playbacks_here(actor, missing)
    return found


def _playbacks_here(actor: Actor, version_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    versions = assets.visible_versions(actor, version_ids)
    known = previews_of([each.sha256 for each in versions])
    return {each.id: playback_document(actor, each, preview=known.get(each.sha256)) for each in versions}


@dataclass(frozen=True)
class Making:
    """How far a build is that somebody waits for.

    Units: `progress` 0 to 1, `estimate_s` seconds until it is done, `queue_position` jobs that come before it, None
    once it is being made.
    """

    progress: float
    renditions: list[dict[str, Any]]
    estimate_s: int
    queue_position: int | None


def playback_document(actor: Actor, version: Version, *, preview: Preview | None) -> dict[str, Any]:
    """Return what a player needs: signed addresses, null until there.

    A watermarked share sees no clean rendition, so it gets no address here at all.
    """
    if actor.share is not None and actor.share.watermark:
        return bare_document(version, state=PreviewState.NONE)
    document = bare_document(version, state=version.preview_state, reason=version.preview_reason)
    return (
        document
        if preview is None
        else document | addressed(version, addresses_of(actor, preview), preview.published)
    )


def bare_document(version: Version, *, state: str, reason: str = "") -> dict[str, Any]:
    """Return the playback document of a version without any address."""
    return {
        "state": state,
        "reason": reason or None,
        "hls": None,
        "mp4": None,
        "poster": None,
        "thumbnails": dict.fromkeys(map(str, THUMBNAILS)),
        "storyboard": None,
        "waveform": None,
        "frames": None,
        "pages": None,
        "expires_at": None,
        "media": _media(version),
        "progress": None,
        "renditions": [],
        "estimate_s": None,
        "queue_position": None,
    }


def addressed(version: Version, sign: Addresses, names: Collection[str]) -> dict[str, Any]:
    """Return the addresses of a playback document: of those names that are published."""
    published = frozenset(names)
    return {
        "hls": sign.optional(MASTER if MASTER in published else LIVE, published=published),
        "mp4": sign.optional(PROXY, published=published),
        "poster": sign.optional(POSTER, published=published),
        "thumbnails": {
            str(size): sign.optional(f"img/{size}.webp", published=published) for size in THUMBNAILS
        },
        "storyboard": _storyboard(sign, published),
        "waveform": sign.optional(WAVEFORM, published=published),
        "frames": sign.optional(FRAMES, published=published),
        "pages": _pages(version, sign) if FIRST_PAGE in published else None,
        "expires_at": datetime.fromtimestamp(sign.expires_s, UTC),
    }


def _media(version: Version) -> dict[str, Any]:
    """Return what a player must know of the picture and sound; a guest has no other way to learn it."""
    return {
        "kind": version.kind,
        "duration": version.duration,
        "width": version.width,
        "height": version.height,
        "frame_rate": version.frame_rate,
        "frame_count": version.frame_count,
        "start_timecode": version.start_timecode,
        "drop_frame": version.drop_frame,
        "first_pts": version.first_pts,
        "channels": version.channels,
    }


def _pages(version: Version, sign: Addresses) -> dict[str, Any]:
    """Return how many pages a document has and how many of them, from the first on, have a picture.

    `image` is an address with `{n}` in the place of the page's number, from 1.
    """
    media = (version.meta or {}).get("media") or {}
    image = sign.url(FIRST_PAGE).removesuffix("1.webp") + "{n}.webp"
    return {"count": media.get("pages", 1), "shown": media.get("shown", 1), "image": image}


def _storyboard(sign: Addresses, published: Collection[str]) -> dict[str, str] | None:
    if not {STORYBOARD, FIRST_SHEET} <= set(published):
        return None
    return {"vtt": sign.url(STORYBOARD), "image": sign.url(FIRST_SHEET)}


# --- what an asset row shows of its head ------------------------------------------------------------


def thumbnails(actor: Actor, asset_ids: Sequence[UUID]) -> Mapping[UUID, str | None]:
    """Return the signed 300-pixel thumbnail of each asset's head, in two queries for a page."""
    return {
        asset_id: sign.optional("img/300.webp", published=published)
        for asset_id, published, sign in _heads(actor, asset_ids)
    }


def storyboards(actor: Actor, asset_ids: Sequence[UUID]) -> Mapping[UUID, dict[str, str] | None]:
    """Return the signed storyboard of each asset's head, in two queries for a page."""
    return {asset_id: _storyboard(sign, published) for asset_id, published, sign in _heads(actor, asset_ids)}


def _heads(actor: Actor, asset_ids: Sequence[UUID]) -> list[tuple[UUID, Collection[str], Addresses]]:
    shown = assets.heads(actor, asset_ids)
    known: dict[str, Preview] = previews_of([each.sha256 for each in shown.values()])
    copies = _marked_pictures(actor, known) if actor.share is not None and actor.share.watermark else None
    found = [
        (asset_id, (known if copies is None else copies).get(each.sha256)) for asset_id, each in shown.items()
    ]
    return [
        (asset_id, preview.published, addresses_of(actor, preview))
        for asset_id, preview in found
        if preview is not None
    ]


# --- what a watermarked share shows in their place ----------------------------------------------------


def marked_digest(mark: Mark, preview: Preview) -> str:
    """Return the digest under which the copies of a preview with this mark lie."""
    recipe = f"{preview.recipe_version}/g{preview.generation}"
    return watermark.digest_of(preview.sha256, recipe=recipe, mark=drawn_mark(mark))


def drawn_mark(mark: Mark) -> watermark.Mark:
    """Return a mark as it is drawn: never empty, without what cannot be read."""
    text = watermark.plain_text(mark.text) or "Confidential"
    return watermark.Mark(text=text, position=mark.position, opacity=mark.opacity)


def marked_film(actor: Actor, version: Version) -> MarkedCopy | None:
    """Return the marked film of a version for this guest, in whatever state."""
    mark = actor.share.mark if actor.share else None
    preview = previews_of([version.sha256]).get(version.sha256)
    if mark is None or preview is None:
        return None
    digest = marked_digest(mark, preview)
    return MarkedCopy.objects.filter(digest=digest, part=MarkedCopy.Part.FILM).first()


def _marked_pictures(actor: Actor, known: Mapping[str, Preview]) -> dict[str, MarkedCopy]:
    """Return the finished marked pictures of these previews for this guest, by clean digest."""
    if actor.share is None or actor.share.mark is None:
        return {}
    digests = {marked_digest(actor.share.mark, each) for each in known.values()}
    copies = MarkedCopy.objects.filter(
        digest__in=digests, part=MarkedCopy.Part.PICTURES, state=Preview.State.READY
    )
    return {each.sha256: each for each in copies}


def _pictures(organization_id: UUID) -> Callable[[bytes], bytes]:
    """Return what turns `digest generation thumbnail? storyboard?` of a row into its members, signed for a member."""
    expires_s = expiry_s(time.time(), ttl_s=settings.EDGE_TOKEN_TTL)
    sign = token_maker(
        signing_key(), kind=Kind.IMG, organization=organization_id, share=NO_SHARE, expires_s=expires_s
    )
    base, kind = f"{settings.EDGE_URL.rstrip('/')}/e", Kind.IMG.value

    def members(found: bytes) -> bytes:
        if not found:
            return _NO_PICTURES
        digest, generation, has_thumbnail, has_storyboard = found.decode().split(" ")
        folder = f"{base}/{sign(digest, int(generation))}/{kind}/{digest}"
        thumbnail = f'"{folder}/300.webp"' if has_thumbnail == "t" else "null"
        storyboard = (
            f'{{"vtt":"{folder}/storyboard.vtt","image":"{folder}/storyboard-000.webp"}}'
            if has_storyboard == "t"
            else "null"
        )
        return f'"thumbnail":{thumbnail},"storyboard":{storyboard}'.encode()

    return members


_NO_PICTURES = b'"thumbnail":null,"storyboard":null'
#: `thumbnails` and `storyboards` inside the statement of a hot list, for members.
ROW_PICTURES = reads.Addition(
    expression=(
        "(SELECT concat_ws(' ', preview.sha256, preview.generation, preview.published ? 'img/300.webp', "
        "preview.published ?& ARRAY['img/storyboard.vtt', 'img/storyboard-000.webp']) FROM previews_preview preview "
        "WHERE preview.organization_id = asset.organization_id AND preview.sha256 = asset.head_sha256 "
        "AND preview.is_active)"
    ),
    finish=_pictures,
)


# --- what the edges are told, and what they sent ----------------------------------------------------


def revocations() -> list[str]:
    """Return the entries that operators set and did not lift: `o:…`, `a:…`."""
    return list(Revocation.objects.filter(lifted_at=None).values_list("entry", flat=True))


def revocations_lifted_since(moment: datetime) -> list[str]:
    """Return the entries that were lifted since a moment, for edges that still know them."""
    return list(Revocation.objects.filter(lifted_at__gte=moment).values_list("entry", flat=True))


def egress(*, first: date | None, last: date | None) -> QuerySet[Egress]:
    """Return the sums of the organisation in scope from `first` to `last`, both included."""
    rows = Egress.objects.all()
    if first is not None:
        rows = rows.filter(day__gte=first)
    if last is not None:
        rows = rows.filter(day__lte=last)
    return rows


def egress_total(rows: QuerySet[Egress]) -> dict[str, int]:
    """Return what the rows add up to."""
    sums = rows.aggregate(**{f"{name}_sum": Sum(name, default=0) for name in SUMS})
    return {name: int(sums[f"{name}_sum"]) for name in SUMS}


def egress_document(row: Egress) -> dict[str, Any]:
    """Return one day of one share; members have none."""
    share = None if row.share_id == NO_SHARE else row.share_id
    return {"day": row.day, "share": share, **{name: getattr(row, name) for name in SUMS}}
