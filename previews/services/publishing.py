"""Where a running build reports to: files go to the store, facts and progress to the rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from assets import services as assets
from dam.core import failpoints, storage, tenancy
from dam.core.observing import metrics
from jobs.errors import LeaseLost
from jobs.services import JobRun
from previews.media.engine import MediaFacts
from previews.media.probing.catalogued import catalogue
from previews.models import Preview
from previews.queries import ADDRESSED, LIVE, POSTER
from previews.services.estimates import note_cost

FACTS = (
    "duration",
    "width",
    "height",
    "frame_rate",
    "frame_count",
    "start_timecode",
    "drop_frame",
    "first_pts",
    "channels",
    "color",
)
#: What a build has reached when a name is stored; the first of what follows the checks tells that they passed.
_STEPS = {LIVE: "first-segment", "hls/v0/index.m3u8": "checked", "hls/master.m3u8": "switching"}
#: Beyond it a double, JSON's common number, skips integers.
LARGEST_EXACT_INTEGER = 2**53 - 1
META = ("media", "ebucore", "loudness", "exif", "qc", "iptc", "xmp", "package")
IMMUTABLE, GROWING = "public, max-age=31536000, immutable", "no-cache"
#: The names after which someone who is watching has something new to fetch.
NEWS = frozenset({LIVE, POSTER})


def facts_of(facts: MediaFacts, *, meta: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what a probe found as the columns of a version; with the whole `meta` once the build is done."""
    known = facts.meta if meta is None else meta
    values: dict[str, Any] = {each: getattr(facts, each) for each in FACTS}
    values |= catalogue(facts, meta=known).columns()
    return values | {"kind": facts.kind, "meta": meta_of(known)}


def meta_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a version's `meta` with every key of the contract, null where nothing was found; `plugins` where any told."""
    added = {"plugins": _exact(found["plugins"])} if found.get("plugins") else {}
    return {each: _exact(found.get(each)) for each in META} | added


def _exact(value: Any) -> Any:
    """Return the value with integers that JSON readers would round (a Matroska UID has 128 bits) as text."""
    if isinstance(value, int) and abs(value) > LARGEST_EXACT_INTEGER:
        return str(value)
    if isinstance(value, Mapping):
        return {key: _exact(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(each) for each in value]
    return value


def object_prefix(organization_id: UUID, *, generation: int) -> str:
    """Return the folder of the previews bucket under which one generation lies."""
    return f"{organization_id}/g{generation}/" if generation else f"{organization_id}/"


class BuildSink:
    """The engine's `Sink`: stores what is published in its order, and keeps the job's lease alive.

    Every call may raise `LeaseLost`, which ends the build.
    """

    def __init__(
        self,
        run: JobRun,
        *,
        preview_id: UUID,
        generation: int,
        sha256: str,
        identity: str,
        begins_at: float,
    ) -> None:
        """Take the build's generation and digest, and the job's progress (0..1) at which encoding begins."""
        self._run = run
        self._preview_id = preview_id
        self._generation = generation
        self._sha256 = sha256
        self._identity = identity
        self._begins_at = begins_at
        self._prefix = object_prefix(run.organization_id, generation=generation)
        self._has_begun = False
        self._known: set[str] = set()
        self._renditions: dict[str, dict[str, Any]] = {}

    def publish(self, name: str, path: Path, content_type: str) -> None:
        """Store one file, and address it once playback has a use for it."""
        if not self._has_begun:
            self._begin()
        kind, _, rest = name.partition("/")
        storage.put_file(
            self._identity,
            "previews",
            f"{self._prefix}{kind}/{self._sha256}/{rest}",
            path,
            content_type=content_type,
            cache_control=GROWING if name.endswith("live.m3u8") else IMMUTABLE,
        )
        if name in ADDRESSED and name not in self._known:
            self._known.add(name)
            self._address(name)
            if name == LIVE and self._run.attempt == 1:
                waited = timezone.now() - self._run.queued_at
                metrics.FIRST_SEGMENT_SECONDS.observe(waited.total_seconds())
        if name in _STEPS:
            failpoints.reach(f"build:{_STEPS[name]}")
        self._report()

    def progress(self, rendition: str, state: str, fraction: float) -> None:
        """Note how far a rendition is."""
        self._renditions[rendition] = {"name": rendition, "state": state, "progress": round(fraction, 3)}
        self._report()

    def facts(self, facts: MediaFacts) -> None:
        """Write the facts to every version of the digest."""
        with tenancy.scope(self._run.organization_id):
            Preview.objects.select_for_update().get(id=self._preview_id)
            assets.set_facts(sha256=self._sha256, facts=facts_of(facts))
        note_cost(self._run, preview_id=self._preview_id, facts=facts)
        failpoints.reach("build:probed")

    def _begin(self) -> None:
        """Claim the generation before anything lies in it: of two workers that think they hold the job, one goes on.

        Raises:
            LeaseLost: this is the other one.
        """
        self._run.beat()
        with tenancy.scope(self._run.organization_id):
            unclaimed = Preview.objects.filter(
                id=self._preview_id, generation=self._generation, started_at=None
            )
            if not unclaimed.update(started_at=timezone.now(), updated_at=timezone.now()):
                raise LeaseLost
        self._has_begun = True

    def _address(self, name: str) -> None:
        """Let playback hand the name out; a worker that was overtaken writes to a generation that is gone."""
        with tenancy.scope(self._run.organization_id):
            rows = Preview.objects.select_for_update()
            preview = rows.filter(id=self._preview_id, generation=self._generation).first()
            if preview is None:
                return
            preview.published = sorted({*preview.published, name})
            preview.updated_at = timezone.now()
            preview.save(update_fields=["published", "updated_at"])
            if preview.is_active and name in NEWS:
                assets.set_preview_state(
                    sha256=self._sha256, state="building", poster=name == POSTER, is_news=True
                )

    def _report(self) -> None:
        """Tell the job how far the build is: the mean of its renditions."""
        all_of_them = list(self._renditions.values())
        done = sum(each["progress"] for each in all_of_them) / len(all_of_them) if all_of_them else 0.0
        self._run.progress(self._begins_at + (0.99 - self._begins_at) * done, renditions=all_of_them)
