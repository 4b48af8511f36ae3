"""Making one watermarked copy, as a job: fetch the clean previews, mark them, publish under the copy's own digest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from assets import queries as catalogue
from dam.core import failpoints, storage, tenancy
from jobs.errors import JobFailed, LeaseLost
from jobs.services import JobRun
from previews.media.builds.watermark import Mark, Picture, mark_pictures, mark_video
from previews.media.failures import BuildFailed
from previews.media.outcome import Rendition
from previews.media.packaging.playlists import HLS_TYPE, MP4_TYPE, SEGMENT_TYPE
from previews.media.packaging.publishing import WEBP_TYPE, Published
from previews.media.sandbox import SandboxUnavailable
from previews.models import MarkedCopy, Preview
from previews.queries import ADDRESSED, FRAMES, MASTER, PROXY, STORYBOARD
from previews.services import scratch
from previews.services.publishing import GROWING, IMMUTABLE, object_prefix

IDENTITY = "gpu-writer"
FETCH_SHARE = 0.1
_TYPES = {".webp": WEBP_TYPE, ".json": "application/json", ".vtt": "text/vtt", ".m3u8": HLS_TYPE}
_TYPES |= {".mp4": MP4_TYPE, ".m4s": SEGMENT_TYPE}
_TILE = re.compile(rb"storyboard-\d+\.webp#xywh=0,0,(\d+),(\d+)")


@dataclass(frozen=True)
class Order:
    """One copy to make: plain values, read before anything slow begins. `names` are the clean files that it needs."""

    copy_id: UUID
    generation: int
    digest: str
    part: str
    mark: Mark
    source_prefix: str
    source_digest: str
    names: tuple[str, ...]
    rate: Fraction | None
    timecode: tuple[str | None, bool | None]
    has_picture: bool

    def clean_key(self, name: str) -> str:
        """Return the key of one of the clean files."""
        kind, _, rest = name.partition("/")
        return f"{self.source_prefix}{kind}/{self.source_digest}/{rest}"


def build_copy(run: JobRun) -> dict[str, Any]:
    """Make the copy that the job's payload names; returns the job's result.

    Raises:
        JobFailed: the clean previews are gone, storage is, or the copy came out wrong.
        LeaseLost: the job was cancelled or taken over.
    """
    order = _begin(run)
    if order is None:
        return {"copy": run.payload["copy"]}
    failpoints.reach("copy:begun")
    sink = CopySink(run, order)
    with scratch.folder(f"{run.job_id}-{run.fence}", master_bytes=0) as directory:
        try:
            renditions = _make(run, order, published=Published(sink), directory=directory)
        except BuildFailed as error:
            raise JobFailed("watermark-failed", error.reason, retryable=not error.permanent) from error
        except SandboxUnavailable as error:
            raise JobFailed("watermark-failed", f"This server can't watermark yet: {error}.") from error
        except storage.NotFound as error:
            raise JobFailed(
                "gone", "The previews that were to be watermarked are no longer there."
            ) from error
        except storage.StorageError as error:
            raise JobFailed(
                "storage-unavailable", "Storage did not answer while the copy was made.", retryable=True
            ) from error
    return _finish(run, order, sink=sink, renditions=renditions)


def fail_copy(job_id: UUID, organization_id: UUID, problem: dict[str, object]) -> None:
    """Note that a copy could not be made, in the transaction and scope that ends its job."""
    rows = MarkedCopy.objects.filter(job_id=job_id).exclude(state=Preview.State.READY)
    reason = str(problem.get("detail") or problem.get("title") or "The watermarked copy could not be made.")
    rows.update(state=Preview.State.FAILED, reason=reason, published=[], updated_at=timezone.now())


def _begin(run: JobRun) -> Order | None:
    """Read what is to be made; None when it has been made before."""
    with tenancy.scope(run.organization_id):
        copy = MarkedCopy.objects.select_for_update().filter(id=UUID(run.payload["copy"])).first()
        if copy is None:
            raise JobFailed("gone", "Nobody asks for this copy any more.")
        if copy.state == Preview.State.READY:
            return None
        preview = Preview.objects.filter(
            sha256=copy.sha256, is_active=True, generation=copy.source_generation
        ).first()
        version = catalogue.versions_with_digest(copy.sha256).first()
        if preview is None or version is None:
            raise JobFailed("gone", "The previews that were to be watermarked are no longer there.")
        if copy.started_at is not None:
            copy.generation += 1
        copy.state, copy.started_at, copy.published = Preview.State.BUILDING, timezone.now(), []
        copy.save()
        return Order(
            copy_id=copy.id,
            generation=copy.generation,
            digest=copy.digest,
            part=copy.part,
            mark=Mark(**copy.mark),
            source_prefix=object_prefix(run.organization_id, generation=preview.generation),
            source_digest=preview.sha256,
            names=_names(preview, part=copy.part),
            rate=Fraction(version.frame_rate) if version.frame_rate else None,
            timecode=(version.start_timecode, version.drop_frame),
            has_picture=version.kind == "video",
        )


def _names(preview: Preview, *, part: str) -> tuple[str, ...]:
    """Name the clean files that a part is made of; pictures with the small documents beside them."""
    listed = {path for each in preview.renditions for path in each["paths"]} | set(preview.published)
    if part == MarkedCopy.Part.PICTURES:
        return tuple(sorted(each for each in listed if each.startswith("img/") and each != FRAMES))
    playlists = {MASTER} & set(preview.published)
    kept = {each for each in listed if each.startswith(("hls/", "mp4/")) and not each.endswith("live.m3u8")}
    return tuple(sorted(kept | playlists))


def _make(run: JobRun, order: Order, *, published: Published, directory: Path) -> tuple[Rendition, ...]:
    if order.part == MarkedCopy.Part.PICTURES:
        return _make_pictures(run, order, published=published, directory=directory)
    if order.has_picture and order.rate is not None:
        proxy = directory / "proxy.mp4"
        _fetch(order, PROXY, proxy)
        run.progress(FETCH_SHARE)
        return mark_video(
            order.mark,
            proxy=proxy,
            rate=order.rate,
            published=published,
            scratch=directory / "work",
            on_progress=lambda done: run.progress(FETCH_SHARE + (1 - FETCH_SHARE) * done),
            timecode=order.timecode,
        )
    return _copy_sound(run, order, published=published, directory=directory)


def _make_pictures(
    run: JobRun, order: Order, *, published: Published, directory: Path
) -> tuple[Rendition, ...]:
    """Mark every picture; what beside them is no picture is carried over as it is."""
    work = directory / "work"
    for count, name in enumerate(order.names):
        _fetch(order, name, _local(work / "clean", name))
        run.progress(0.6 * count / len(order.names))
    tile = _tile(work / "clean" / STORYBOARD)
    drawn = [name for name in order.names if name.endswith(".webp")]
    pictures = [
        Picture(
            source=work / "clean" / name,
            out=_local(work / "marked", name),
            tile=tile if name.startswith("img/storyboard-") else None,
        )
        for name in drawn
    ]
    mark_pictures(order.mark, pictures, scratch=work)
    for name in order.names:
        folder = "marked" if name in drawn else "clean"
        published.file(name, work / folder / name, content_type=_TYPES[Path(name).suffix])
    return (Rendition("pictures", "image", None, None, order.names),)


def _copy_sound(run: JobRun, order: Order, *, published: Published, directory: Path) -> tuple[Rendition, ...]:
    """Carry sound over as it is, under the copy's digest: there is no picture in it to mark."""
    local = directory / "work" / "part"
    for count, name in enumerate(order.names):
        _fetch(order, name, local)
        published.file(name, local, content_type=_TYPES[Path(name).suffix])
        run.progress(count / len(order.names))
    return (Rendition("sound", "audio", None, None, order.names),)


def _local(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _fetch(order: Order, name: str, target: Path) -> None:
    storage.download(IDENTITY, "previews", order.clean_key(name), target)


def _tile(cues: Path) -> tuple[int, int] | None:
    """Read the size of a storyboard's tiles from its cues."""
    found = _TILE.search(cues.read_bytes()) if cues.exists() else None
    return (int(found[1]), int(found[2])) if found else None


def _finish(
    run: JobRun, order: Order, *, sink: CopySink, renditions: tuple[Rendition, ...]
) -> dict[str, Any]:
    with run.completion() as done:
        copy = MarkedCopy.objects.select_for_update().get(id=order.copy_id)
        copy.state, copy.reason = Preview.State.READY, ""
        copy.published = sorted(ADDRESSED & sink.names)
        copy.renditions = [
            {"name": each.name, "kind": each.kind, "width": each.width, "height": each.height}
            | {"paths": list(each.paths), "meta": dict(each.meta)}
            for each in renditions
        ]
        copy.save()
        done.result = {"copy": str(order.copy_id)}
    return done.result


class CopySink:
    """Stores what is published under the copy's own digest, and addresses it once a player has a use for it."""

    def __init__(self, run: JobRun, order: Order) -> None:
        """Take the job and what it makes."""
        self._run = run
        self._order = order
        self._prefix = object_prefix(run.organization_id, generation=order.generation)
        self.names: set[str] = set()

    def publish(self, name: str, path: Path, content_type: str) -> None:
        """Store one file.

        Raises:
            LeaseLost: the job is no longer ours.
        """
        self._run.check()
        kind, _, rest = name.partition("/")
        storage.put_file(
            IDENTITY,
            "previews",
            f"{self._prefix}{kind}/{self._order.digest}/{rest}",
            path,
            content_type=content_type,
            cache_control=GROWING if name.endswith("live.m3u8") else IMMUTABLE,
        )
        if name in ADDRESSED and name not in self.names:
            self._address(name)
        self.names.add(name)

    def _address(self, name: str) -> None:
        with tenancy.scope(self._run.organization_id):
            rows = MarkedCopy.objects.select_for_update()
            copy = rows.filter(id=self._order.copy_id, generation=self._order.generation).first()
            if copy is None:
                raise LeaseLost
            copy.published = sorted({*copy.published, name})
            copy.save(update_fields=["published", "updated_at"])
