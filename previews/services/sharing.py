"""Sharing a long film among workers: one job a part, archives that wait under keys which playback never addresses.

The build that shares takes parts itself, one after the other, like any other worker; so sharing ends well even where
nobody comes. A part is named by its order: a build that is begun anew finds what others made for the one before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu.exceptions import KombuError

from assets import queries as catalogue
from dam.core import failpoints, storage, tenancy
from jobs import services as jobs
from jobs.errors import JobFailed
from jobs.models import Job, Priority, State
from jobs.services import JobRun
from previews.media.builds.chunks import Cutter, name_of, order_of
from previews.media.engine import BuildFailed, Film, Sharing
from previews.media.packaging.mp4box import BoxesBroken
from previews.media.recipes.parts import estimated_cpu_s, why_whole
from previews.services import scratch
from previews.services.fetching import IDENTITY, Locked, supplied

logger = logging.getLogger(__name__)

PART_KIND = "preview-part"
QUEUE = "encode"
#: Where archives wait in the previews bucket: below the day, beside every organisation's folder.
PARTS = "tmp/"
KEPT_FOR = timedelta(days=1)
#: How long workers may take to say that they are there.
ROLL_CALL_S = 1.0


def workers_of(queue: str) -> int:
    """Count the workers that take work from a queue, by asking them; 0 where nobody can be asked."""
    with current_app.connection_for_read() as link:
        unreachable: tuple[type[BaseException], ...] = (OSError, KombuError, *link.connection_errors)
        try:
            answers = current_app.control.inspect(timeout=ROLL_CALL_S, connection=link).active_queues() or {}
        except unreachable:
            return 0
    return sum(any(each.get("name") == queue for each in listed) for listed in answers.values())


class WorkerCrew:
    """The engine's `Crew`: whoever takes jobs of the encode queue."""

    def __init__(self, run: JobRun, master: Locked, *, directory: Path, pool: ThreadPoolExecutor) -> None:
        """Share `master`, whose verified copy lies in `directory`; `pool` has the thread for our own parts."""
        self._run = run
        self._master = master
        self._directory = directory
        self._pool = pool
        self.shared: SharedFilm | None = None
        self.part_s = float(settings.PREVIEW_PART_S)

    def share(self, film: Film) -> Sharing | None:
        """Hand the parts of a film out as jobs; None where it is better encoded in one piece."""
        judged = partial(
            why_whole, film.facts, film.plan, part_s=self.part_s, worth_cpu_s=settings.PREVIEW_SHARE_CPU_S
        )
        # Asking who is there takes a second; most films are too short for that.
        if judged(idle_workers=1) is not None:
            return None
        others = workers_of(QUEUE) - 1
        if judged(idle_workers=others) is not None and not self._is_shared_already():
            return None
        logger.info("preview.shared", extra={"parts": len(film.parts), "workers": others + 1})
        self.shared = SharedFilm(self._run, self._master, film, directory=self._directory, pool=self._pool)
        self.shared.hand_out()
        return self.shared

    def _is_shared_already(self) -> bool:
        """Tell whether an earlier try of this build handed parts out: they are made for it, whoever answers now."""
        with tenancy.scope(self._run.organization_id):
            handed_out = Job.objects.filter(
                kind=PART_KIND, version_id=self._run.version_id, payload__for=str(self._run.job_id)
            )
            return handed_out.exclude(state__in=[State.FAILED, State.CANCELLED]).exists()


class SharedFilm:
    """The engine's `Sharing`: a film's part jobs, and the thread that does some of them here."""

    def __init__(
        self, run: JobRun, master: Locked, film: Film, *, directory: Path, pool: ThreadPoolExecutor
    ) -> None:
        """Take what is shared and where its archives are fetched to."""
        self._run = run
        self._master = master
        self._film = film
        self._directory = directory
        self._pool = pool
        self._own: Future[None] | None = None
        self._stop = threading.Event()
        self._orders = {part.number: order_of(film, part) for part in film.parts}
        self._jobs: dict[int, UUID] = {}
        self._rows: dict[UUID, Job] = {}

    def hand_out(self) -> None:
        """Queue a job for every part; one that was made for an earlier build is as good."""
        video = self._film.facts.video
        cost_s = 0.0 if video is None else estimated_cpu_s(video, self._film.plan) / len(self._orders)
        with tenancy.scope(self._run.organization_id):
            for number, order in self._orders.items():
                name = name_of(order)
                job, _ = jobs.enqueue(
                    kind=PART_KIND,
                    project_id=None,
                    version_id=self._run.version_id,
                    payload={
                        "sha256": self._master.sha256,
                        "order": order,
                        "name": name,
                        "beside": self._directory.name,
                        "for": str(self._run.job_id),
                    },
                    idem_key=f"{self._master.sha256}:{name}",
                    queue=QUEUE,
                    created_by=self._run.created_by,
                    restart=True,
                    priority=Priority.USUAL,
                    expected_s=cost_s,
                )
                self._jobs[number] = job.id
        self._look()

    def collect(self, number: int) -> Path | None:
        """Fetch a part's archive once its job has succeeded.

        Raises:
            JobFailed: the part cannot be made, or its archive cannot be fetched.
            LeaseLost: the build itself was cancelled or taken over.
        """
        self._run.check()
        self._look()
        self._work_too()
        job = self._rows.get(self._jobs[number])
        if job is None or job.state in {State.FAILED, State.CANCELLED}:
            detail = "A part of the film could not be encoded. Try again."
            raise JobFailed("part-failed", detail, retryable=True)
        if job.state != State.SUCCEEDED:
            return None
        target = self._directory / f"part-{number}.tar"
        try:
            storage.download(IDENTITY, "previews", str((job.result or {})["key"]), target)
        except storage.NotFound:
            self._make_again(number)
            return None
        failpoints.reach("build:part-collected")
        return target

    def frames_done(self) -> int:
        """Tell how many frames of all parts are encoded by now."""
        frames = {part.number: part.frames for part in self._film.parts}
        before = self._film.parts[0].first if self._film.parts else 0
        known = [(number, self._rows.get(job_id)) for number, job_id in self._jobs.items()]
        return before + int(sum(frames[number] * job.progress for number, job in known if job is not None))

    def stop(self) -> None:
        """Do no further part here."""
        self._stop.set()

    def forget(self) -> None:
        """Delete the archives of a film that is done; what is left in spite of that is swept up."""
        try:
            for job in self._rows.values():
                if job.result:
                    storage.delete(IDENTITY, "previews", str(job.result["key"]))
        except storage.StorageError as error:
            logger.warning("preview.parts_kept", extra={"error": str(error)})

    def _look(self) -> None:
        with tenancy.scope(self._run.organization_id):
            self._rows = {each.id: each for each in Job.objects.filter(id__in=self._jobs.values())}

    def _make_again(self, number: int) -> None:
        """Queue a part anew whose archive has been swept up since it was made."""
        with tenancy.scope(self._run.organization_id):
            job = Job.objects.select_for_update().get(id=self._jobs[number])
            jobs.requeue(job, fresh_attempts=True)

    def _work_too(self) -> None:
        """Take the next part that nobody has, in the thread for it."""
        if self._own is not None and not self._own.done():
            return
        if any(each.state == State.QUEUED for each in self._rows.values()):
            self._own = self._pool.submit(self._take_parts)

    def _take_parts(self) -> None:
        try:
            for job_id in list(self._jobs.values()):
                if self._stop.is_set():
                    return
                if self._rows[job_id].state == State.QUEUED:
                    jobs.run(job_id, organization_id=self._run.organization_id)
        except jobs.Draining:
            return
        finally:
            connection.close()


def build_part(run: JobRun) -> dict[str, Any]:
    """Encode one part of a film and store its archive; returns the job's result.

    Raises:
        JobFailed: nobody waits for it any more, the master cannot be had, or the part came out wrong.
        LeaseLost: the job was cancelled or taken over.
    """
    master = _master(run)
    with scratch.folder(f"{run.job_id}-{run.fence}", master_bytes=master.size_bytes) as directory:
        source = _source(run, master, directory=directory)
        failpoints.reach("part:begun")
        try:
            archive = Cutter(directory / "work").make(
                run.payload["order"],
                source,
                on_frames=lambda done, of: run.progress(0.98 * done / max(of, 1)),
            )
        except (BuildFailed, BoxesBroken) as error:
            detail = "A part of the film could not be encoded."
            raise JobFailed("part-failed", detail, retryable=True) from error
        failpoints.reach("part:encoded")
        run.beat()
        key = f"{PARTS}{timezone.now():%Y%m%d}/{run.organization_id}/{run.payload['name']}.tar"
        try:
            storage.put_file(IDENTITY, "previews", key, archive, content_type="application/x-tar")
        except storage.StorageError as error:
            detail = "Storage did not take a part of the previews."
            raise JobFailed("storage-unavailable", detail, retryable=True) from error
        failpoints.reach("part:stored")
        return {"key": key, "bytes": archive.stat().st_size}


def sweep_parts() -> int:
    """Delete the archives that dead builds left behind more than a day ago; returns how many.

    Safe to kill and to repeat. Their keys begin with the day, so the old ones come first.
    """
    first_kept = f"{PARTS}{timezone.now() - KEPT_FOR:%Y%m%d}/"
    swept = 0
    for key in storage.keys_under(IDENTITY, "previews", PARTS):
        if key >= first_kept:
            break
        storage.delete(IDENTITY, "previews", key)
        swept += 1
    return swept


def _master(run: JobRun) -> Locked:
    with tenancy.scope(run.organization_id):
        waiting = Job.objects.filter(id=UUID(run.payload["for"])).first()
        if waiting is None or waiting.state not in {State.QUEUED, State.RUNNING}:
            raise JobFailed("gone", "The build that this part was for has ended.")
        version = next(iter(catalogue.versions_with_digest(run.payload["sha256"])), None)
        if version is None:
            raise JobFailed("gone", "The version that the previews were for no longer exists.")
        master = catalogue.master_of(version)
        return Locked(
            key=master.key,
            storage_version=master.storage_version,
            sha256=version.sha256,
            size_bytes=master.size,
            name=version.name,
        )


def _source(run: JobRun, master: Locked, *, directory: Path) -> Path:
    """Take the verified copy that the sharing build has on this machine, else fetch and verify the master."""
    beside = settings.SCRATCH_DIR / Path(str(run.payload["beside"])).name / "master"
    own = directory / "master"
    try:
        own.hardlink_to(beside)
    except OSError:
        with supplied(run, master, directory=directory) as supply:
            return supply.complete()
    return own


@contextmanager
def crewed(run: JobRun, master: Locked, *, directory: Path) -> Iterator[WorkerCrew]:
    """Give a build the other workers; when it is done well, the archives of its parts go."""
    with ThreadPoolExecutor(1, thread_name_prefix="part") as pool:
        crew = WorkerCrew(run, master, directory=directory, pool=pool)
        try:
            yield crew
            if crew.shared is not None:
                crew.shared.forget()
        finally:
            if crew.shared is not None:
                crew.shared.stop()
