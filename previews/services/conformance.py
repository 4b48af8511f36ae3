"""The clips of the conformance page: made once by the engine of this installation, addressed for anybody.

They belong to no organisation: their files lie under the id of all zeros, and nothing else ever does.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.core.cache import cache

from dam.core import storage
from dam.core.errors import NotFound
from dam.core.web import limits
from previews.edge_tokens import NO_SHARE, expiry_s
from previews.media import engine
from previews.media.builds.conformance import BAND, BITS, CELL, CLIPS, CLIPS_VERSION, HEIGHT, WIDTH, draw_clip
from previews.media.builds.conformance import Clip as Drawn
from previews.media.facts import MediaFacts
from previews.media.recipes import RECIPE_VERSION
from previews.queries import FRAMES, MASTER, PROXY, Addresses
from previews.services.publishing import GROWING, IMMUTABLE, object_prefix
from previews.services.stills import CUT_BY_ONE_VIEWER, still_of

logger = logging.getLogger(__name__)
IDENTITY = "gpu-writer"
NOBODY = UUID(int=0)
#: A visitor asks for the clips; whoever runs the schedule looks for that word every few seconds.
WANTED, BUILDING, MANIFEST = "conformance:wanted", "conformance:building", "conformance:manifest"
WANTED_FOR_S, BUILT_WITHIN_S, REMEMBERED_FOR_S = 600, 300, 60
_HIGHEST_GENERATION = 900_000


def conformance_document() -> dict[str, Any]:
    """Return the clips with addresses that anybody may use; asks for them to be made where they are not yet.

    `layout` says where the frame number is drawn: bit k in column k, white for 1, its inverse below.
    """
    manifest = _manifest()
    layout = {"width": WIDTH, "height": HEIGHT, "bits": BITS, "cell": CELL, "band": BAND}
    if manifest is None:
        cache.set(WANTED, 1, WANTED_FOR_S)
        return {"state": "building", "layout": layout, "clips": [], "expires_at": None}
    expires_s = expiry_s(time.time(), ttl_s=settings.EDGE_TOKEN_TTL)
    return {
        "state": "ready",
        "layout": layout,
        "clips": [_clip_document(each, manifest, expires_s=expires_s) for each in manifest["clips"]],
        "expires_at": datetime.fromtimestamp(expires_s, UTC),
    }


def conformance_frame_url(name: str, *, number: int, ip: str) -> str:
    """Return the address of one exact frame of a clip, cut from its proxy if nobody has yet.

    Raises:
        NotFound: there is no such clip, or it has fewer frames.
        TooManyRequests: this address has had too many frames cut.
    """
    manifest = _manifest()
    clip = next((each for each in manifest["clips"] if each["name"] == name), None) if manifest else None
    if manifest is None or clip is None or number >= clip["frame_count"]:
        raise NotFound
    sign = _addresses(clip, manifest, expires_s=expiry_s(time.time(), ttl_s=settings.EDGE_TOKEN_TTL))
    still_of(
        object_prefix(NOBODY, generation=manifest["generation"]),
        digest=clip["digest"],
        number=number,
        rate=Fraction(clip["rate"]),
        payer=f"conformance:{limits.address_key(ip)}",
        most=CUT_BY_ONE_VIEWER,
    )
    return sign.url(f"img/frames/{number}.webp")


def prepare_conformance() -> None:
    """Make the clips where somebody has asked for them; a scheduled task."""
    if cache.get(WANTED) and _manifest() is None and cache.add(BUILDING, 1, BUILT_WITHIN_S):
        try:
            build_conformance()
        finally:
            cache.delete_many([WANTED, BUILDING])


def build_conformance() -> dict[str, Any]:
    """Draw every clip, build its previews with the engine, and publish them; the manifest comes last.

    A repetition lies under a generation of its own, since nothing published is ever overwritten.

    Raises:
        BuildFailed: a clip could not be made.
        StorageError: the store did not take it.
    """
    generation = 1 + int(time.time()) // 2 % _HIGHEST_GENERATION
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    directory = Path(tempfile.mkdtemp(prefix="conformance-", dir=settings.SCRATCH_DIR))
    try:
        clips = [_build(clip, generation=generation, directory=directory) for clip in CLIPS]
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    manifest = {"v": 1, "generation": generation, "clips": clips}
    storage.put_bytes(
        IDENTITY, "previews", _manifest_key(), orjson.dumps(manifest), content_type="application/json"
    )
    cache.delete(MANIFEST)
    logger.info("conformance.built", extra={"clips": len(clips), "generation": generation})
    return manifest


def _build(clip: Drawn, *, generation: int, directory: Path) -> dict[str, Any]:
    place = directory / clip.name
    (place / "work").mkdir(parents=True)
    source = place / "clip.mov"
    draw_clip(clip, out=source)
    sink = _Sink(digest=_digest(clip), generation=generation)
    result = engine.build(
        engine.BuildRequest(source=source, workdir=place / "work", name=f"{clip.name}.mov"), sink
    )
    return {
        "name": clip.name,
        "digest": sink.digest,
        "rate": result.facts.frame_rate,
        "frame_count": result.facts.frame_count,
        "start_timecode": result.facts.start_timecode,
        "drop_frame": result.facts.drop_frame,
    }


class _Sink:
    """Stores a clip's previews under the id of nobody."""

    def __init__(self, *, digest: str, generation: int) -> None:
        self.digest = digest
        self._prefix = object_prefix(NOBODY, generation=generation)

    def publish(self, name: str, path: Path, content_type: str) -> None:
        kind, _, rest = name.partition("/")
        cached = GROWING if name.endswith("live.m3u8") else IMMUTABLE
        key = f"{self._prefix}{kind}/{self.digest}/{rest}"
        storage.put_file(IDENTITY, "previews", key, path, content_type=content_type, cache_control=cached)

    def progress(self, rendition: str, state: str, fraction: float) -> None:
        """Nobody watches."""

    def facts(self, facts: MediaFacts) -> None:
        """Nobody asks before the end."""


def _digest(clip: Drawn) -> str:
    return hashlib.sha256(f"conformance/{clip.name}/{CLIPS_VERSION}/{RECIPE_VERSION}".encode()).hexdigest()


def _manifest_key() -> str:
    return f"{NOBODY}/conformance/{CLIPS_VERSION}-{RECIPE_VERSION}.json"


def _manifest() -> dict[str, Any] | None:
    found: dict[str, Any] | None = cache.get(MANIFEST)
    if found is None:
        try:
            found = orjson.loads(storage.get_bytes(IDENTITY, "previews", _manifest_key()))
        except storage.NotFound:
            return None
        cache.set(MANIFEST, found, REMEMBERED_FOR_S)
    return found


def _addresses(clip: Mapping[str, Any], manifest: Mapping[str, Any], *, expires_s: int) -> Addresses:
    return Addresses(
        organization_id=NOBODY,
        digest=clip["digest"],
        generation=manifest["generation"],
        share_id=NO_SHARE,
        expires_s=expires_s,
    )


def _clip_document(clip: Mapping[str, Any], manifest: Mapping[str, Any], *, expires_s: int) -> dict[str, Any]:
    sign = _addresses(clip, manifest, expires_s=expires_s)
    told = ("name", "rate", "frame_count", "start_timecode", "drop_frame")
    return {key: clip[key] for key in told} | {
        "hls": sign.url(MASTER),
        "mp4": sign.url(PROXY),
        "map": sign.url(FRAMES),
        "frames": f"{settings.PORTAL_URL}/api/conformance/{clip['name']}/frames/{{n}}.webp",
    }
