"""An import of metadata: asked for, tried out or carried out as a job that can be killed and repeated."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from activity.services import is_told_singly
from dam.core import storage
from dam.core.access import SYSTEM, Actor
from dam.core.pace import Pace
from dam.core.tenancy import scope
from exchange.errors import UploadGone, UploadNotReady
from exchange.export.formats import formats
from exchange.metadata.reading import Row, Sheet, Unreadable, open_sheet
from exchange.queries.matching import narrowed, projects_changed_by
from exchange.services.applying import Terms, Words, apply_rows, words_of
from exchange.services.errors_told import errors_table
from exchange.services.handing_over import hand_over
from exchange.services.tally import Tally
from exchange.services.watching import Watchers
from ingest.models import Upload
from ingest.states import State
from jobs import services as jobs
from jobs.errors import JobFailed
from jobs.models import Job
from jobs.models import State as JobState
from jobs.services import JobRun
from orgs.queries import actor_of_user

IMPORT = "import"
#: As many rows are tried at once; brought over are as many as `Pace` says, because their assets are locked.
BATCH = 500
MOST_BYTES = 512 * 1024**2
MOST_ROWS = 2_000_000
_GONE = (State.ABORTED, State.EXPIRED, State.REJECTED, State.PROMOTED, State.PROMOTING)


@dataclass(frozen=True)
class Order:
    """What an import was asked for; `match` names the key that counts, `encoding` is said where the file has no mark."""

    form: str
    dry_run: bool = False
    encoding: str | None = None
    match: str | None = None
    clear_empty: bool = False
    project_id: UUID | None = None

    def payload(self, upload: Upload, actor: Actor) -> dict[str, Any]:
        """Return what the job keeps."""
        return {
            "upload": str(upload.id),
            "format": self.form,
            "dry_run": self.dry_run,
            "encoding": self.encoding,
            "match": self.match,
            "clear_empty": self.clear_empty,
            "project": str(self.project_id) if self.project_id else None,
            "only_project": str(actor.only_project) if actor.only_project else None,
        }


@transaction.atomic
def request_import(*, actor: Actor, upload: Upload, order: Order) -> tuple[Job, bool]:
    """Queue an import of an upload's rows; returns (job, whether it was queued now).

    The same order while it waits or runs is the same job; one that has ended is carried out anew, which changes
    nothing that it has changed already.

    Locks and transaction: in scope; the caller holds the upload's lock.

    Raises:
        UploadNotReady: it has not been completed.
        UploadGone: it was aborted, has expired, or has become a master.
    """
    if upload.state in _GONE:
        raise UploadGone(f"The upload is {upload.state}.")
    if upload.state != State.UPLOADED:
        raise UploadNotReady("Send all parts and complete the upload first.")
    payload = order.payload(upload, actor)
    digest = hashlib.sha256(orjson.dumps([payload, str(actor.id)], option=orjson.OPT_SORT_KEYS)).hexdigest()
    word = f"{upload.id}:{digest[:16]}"
    ended = Job.objects.filter(kind=IMPORT, idem_key__startswith=word, state=JobState.SUCCEEDED).count()
    return jobs.enqueue(
        kind=IMPORT,
        project_id=None,
        version_id=None,
        payload=payload,
        idem_key=f"{word}:{ended}",
        queue="short",
        created_by=actor.id,
        restart=True,
    )


def run_import(run: JobRun) -> dict[str, Any]:
    """Read the file row by row and bring it to the assets, a batch a transaction; returns the account.

    A run that was killed goes on behind the last batch that it committed.

    Raises:
        JobFailed: the upload is gone, or the file cannot be read.
        LeaseLost: the job is no longer ours.
    """
    given = run.payload
    with scope(run.organization_id):
        upload = Upload.objects.filter(id=given["upload"], state=State.UPLOADED).first()
        so_far = Job.objects.values_list("result", flat=True).get(id=run.job_id)
    if upload is None:
        raise JobFailed("upload-closed", "The upload was given up before it was read.")
    tally = Tally(**so_far) if so_far else Tally(dry_run=given["dry_run"])
    with _fetched(run, upload) as path:
        try:
            sheet = open_sheet(path, given["format"], encoding=given["encoding"])
            tally.encoding = sheet.encoding
            _carry_out(run, sheet, tally=tally)
            told = _told(run, sheet, tally=tally)
        except Unreadable as error:
            raise JobFailed("unreadable-file", str(error)) from None
    return tally.document() | told


def _carry_out(run: JobRun, sheet: Sheet, *, tally: Tally) -> None:
    total = sum(1 for _ in sheet.rows())
    if total > MOST_ROWS:
        raise Unreadable(f"A file has at most {MOST_ROWS} rows.")
    terms = _terms(run, sheet)
    if tally.rows == 0:
        with scope(run.organization_id):
            words = words_of(_actor(run))
        _judge_heading(sheet, words, terms=terms, tally=tally)
    rows = islice(sheet.rows(), tally.rows, None)
    watchers = _watchers(run, tally=tally, total=total)
    pace = Pace()
    while batch := list(islice(rows, BATCH if tally.dry_run else min(pace.size, BATCH))):
        pace.begin()
        _apply(run, batch, terms=terms, tally=tally, watchers=watchers)
        pace.end()
        run.progress(tally.rows / total)
    with run.step():
        watchers.tell(_actor(run), is_over=True)


def _watchers(run: JobRun, *, tally: Tally, total: int) -> Watchers:
    """Return who is to hear of changes; of what a run that died has changed nobody may have heard."""
    with scope(run.organization_id):
        untold = projects_changed_by(run.job_id) if tally.rows else set()
    return Watchers(run.job_id, untold, are_few=is_told_singly(total))


def _terms(run: JobRun, sheet: Sheet) -> Terms:
    given = run.payload
    return Terms(
        is_table=sheet.is_table,
        match=given["match"],
        clears=given["clear_empty"],
        project_id=UUID(given["project"]) if given["project"] else None,
    )


def _told(run: JobRun, sheet: Sheet, *, tally: Tally) -> dict[str, Any]:
    """Hand all errors over as a table, where the result does not hold them."""
    if not tally.errors_left_out:
        return {}
    terms = _terms(run, sheet)

    def attempt(batch: list[Row], trial: Tally) -> None:
        run.progress(1.0)
        with scope(run.organization_id):
            apply_rows(_actor(run), batch, terms=terms, tally=trial, operation_id=None)

    heading = [each for each in tally.errors if each["row"] == 1] if sheet.is_table else []
    pieces = errors_table(sheet.rows(), heading=heading, size=BATCH, attempt=attempt)
    kept = hand_over(run.organization_id, run.job_id, pieces, form=formats()["csv"])
    return {"export": kept | {"rows": len(tally.errors) + tally.errors_left_out}}


def _apply(run: JobRun, batch: list[Row], *, terms: Terms, tally: Tally, watchers: Watchers) -> None:
    """Bring one batch over, by the rights that the person has now."""
    if tally.dry_run:
        with scope(run.organization_id):
            apply_rows(_actor(run), batch, terms=terms, tally=tally, operation_id=None)
        return
    with run.step() as done:
        actor = _actor(run)
        apply_rows(
            actor,
            batch,
            terms=terms,
            tally=tally,
            operation_id=run.job_id,
            untold=None if watchers.are_few else watchers.untold,
        )
        watchers.tell(actor)
        done.result = tally.document()


def _actor(run: JobRun) -> Actor:
    only_project = run.payload["only_project"]
    actor = actor_of_user(run.created_by) if run.created_by else SYSTEM
    return narrowed(actor, only_project=UUID(only_project) if only_project else None)


def _judge_heading(sheet: Sheet, words: Words, *, terms: Terms, tally: Tally) -> None:
    """Tell of the columns that are not known, given twice or only told; in row 1, where they stand.

    Raises:
        Unreadable: no column names an asset.
    """
    if not sheet.is_table:
        return
    seen: set[str] = set()
    for heading in sheet.heading:
        meaning = words.columns.meaning(heading) if heading.strip() else ""
        if meaning is None:
            tally.fail(1, "There is no such field.", column=heading)
        elif meaning == "":
            tally.ignored += [heading] if heading.strip() else []
        elif meaning in seen:
            tally.fail(1, "Another column says the same; this one was left alone.", column=heading)
        else:
            seen.add(meaning)
    if not seen & ({terms.match} if terms.match else {"id", "sha256", "name"}):
        raise Unreadable("No column names the assets: id, sha256 or name.")


@contextmanager
def _fetched(run: JobRun, upload: Upload) -> Iterator[Path]:
    """Bring the file to the scratch disk for as long as it is read."""
    if upload.size > MOST_BYTES:
        raise JobFailed("file-too-large", "A file of metadata has at most 512 MiB.")
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="import-", dir=settings.SCRATCH_DIR) as folder:
        path = Path(folder) / "rows"
        try:
            storage.download("promoter", "staging", upload.staging_key, path)
        except storage.NotFound:
            raise JobFailed("upload-closed", "The storage has dropped the file of this upload.") from None
        run.check()
        yield path
