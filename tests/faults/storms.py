"""What the storage-fault tests share: a store behind the fault proxy, jobs run to their end, and the oracle."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from assets.models import Master, Version
from dam.core import storage, tenancy
from ingest.models import Upload
from ingest.services.janitor import sweep, sweep_strays
from ingest.services.verification import verify
from jobs import services as jobs
from jobs.models import Job
from tests.cast import Answer, Cast
from tests.ingest.sending import digest, fresh_bytes, masters_of, promote, upload

SOON_S = 0.0

# Every request of a promotion, by method and path.
LIST_COPIES = ("GET", r"^/masters\?.*uploads")
LIST_VERSIONS = ("GET", r"^/masters\?.*versions")
STAGED_BYTES = ("GET", r"^/staging/")
OPEN_COPY = ("POST", r"^/masters/.+\?uploads")
COPY_PART = ("PUT", r"^/masters/.+partNumber=")
COMPLETE_COPY = ("POST", r"^/masters/.+uploadId=")
LOOK = ("HEAD", r"^/masters/.+/master\?")
RETENTION = ("PUT", r"^/masters/.+\?retention")
READ_BACK = ("GET", r"^/masters/.+/master\?")
LOOK_FOR_MANIFEST = ("GET", r"^/masters/.+/manifest/")
MANIFEST = ("PUT", r"^/masters/.+/manifest/")
DROP_PARTS = ("DELETE", r"^/staging/.+uploadId=")
DROP_STAGED = ("DELETE", r"^/staging/[^?]+$")


def run_to_end(answer: Answer) -> Job:
    """Do a job as workers would, every retry at once, and return its row when it has ended."""
    assert answer.status in {200, 202}, answer
    job_id, organization_id = UUID(answer["id"]), UUID(answer["organization"])
    while True:
        with tenancy.scope(organization_id):
            Job.objects.filter(id=job_id, state="queued").update(due_at=timezone.now())
        jobs.run(job_id, organization_id=organization_id)
        with tenancy.scope(organization_id):
            job = Job.objects.get(id=job_id)
        if job.state != "queued":
            return job


class Delivery:
    """One file on its way: sent and completed, to be promoted."""

    def __init__(self, cast: Cast, *, size: int = 1000) -> None:
        self.cast, self.body = cast, fresh_bytes(size)
        self.sha256 = digest(self.body)
        self.upload: dict[str, Any] = upload(cast, self.body)

    def promote(self) -> Answer:
        return promote(self.cast, self.upload["staging_key"], self.sha256)

    def run(self) -> Job:
        return run_to_end(self.promote())

    def assert_nothing_acknowledged(self) -> None:
        """No row says that these bytes are safe, and the upload may be promoted again."""
        with tenancy.scope(self.cast.org_id):
            assert not Master.objects.filter(sha256=self.sha256).exists()
            assert not Version.objects.filter(sha256=self.sha256).exists()
            assert Upload.objects.get(id=self.upload["id"]).state == "uploaded"

    def assert_safe(self) -> None:
        """There is one master, one version of it in the store and in the catalogue, and the oracle agrees."""
        assert len(masters_of(self.cast, self.sha256)) == 1
        with tenancy.scope(self.cast.org_id):
            assert Version.objects.filter(sha256=self.sha256).count() == 1
        assert_sound(self.cast)


def assert_sound(cast: Cast) -> None:
    """The oracle, with no grace for what has ended; the janitor comes first, as it does every minute.

    No relay runs here, so what waits in the outbox is left out.
    """
    storage.forget()
    sweep()
    sweep_strays(older_than_s=SOON_S)
    report = verify(organization_ids=[cast.org_id], grace_s=SOON_S)
    findings = [each for each in report.findings if each.check != "outbox-dead"]
    assert findings == [], findings
    assert report.checked
