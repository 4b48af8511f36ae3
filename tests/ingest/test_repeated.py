"""A promotion killed at any step is done once when it is repeated."""

from uuid import UUID

import pytest

from assets.models import Asset, Master, Version
from dam.core import storage, tenancy
from ingest.models import Manifest, Promotion, Upload
from ingest.services import promotion
from jobs.errors import LeaseLost
from jobs.models import Job
from jobs.services import JobRun, leases
from orgs.models import Organization
from tests.cast import Cast
from tests.ingest.sending import copies_of, digest, fresh_bytes, masters_of, promote, run_job, upload

STEPS = (
    "claimed",
    "opened",
    "copied",
    "completed",
    "locked",
    "verified",
    "deposited",
    "manifest",
    "entered",
    "committed",
)


class Killed(BaseException):
    """The worker dies: nothing of ours runs any more."""


@pytest.fixture
def cast(committed_cast: Cast) -> Cast:
    return committed_cast


def claimed_run(job_id: str, organization_id: UUID) -> JobRun:
    with tenancy.scope(organization_id):
        job = leases.claim(UUID(job_id))
        assert job is not None
        return JobRun(job)


def let_the_lease_run_out(job_id: str, organization_id: UUID) -> None:
    with tenancy.scope(organization_id):
        Job.objects.filter(id=job_id, state="running").update(lease_until="2020-01-01T00:00Z")


def die_at(step: str, run: JobRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run up to a step and stop dead: what would tidy up has no chance to."""

    def at(name: str) -> None:
        if name == step:
            monkeypatch.setattr(storage, "abort_multipart", lambda *_, **__: None)
            raise Killed

    with pytest.raises(Killed):
        promotion.promote(run, at=at)
    monkeypatch.undo()


@pytest.mark.parametrize("step", STEPS)
def test_a_promotion_killed_at_any_step_is_done_once(
    cast: Cast, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    answer = promote(cast, done["staging_key"], digest(body))
    run = claimed_run(answer["id"], cast.org_id)

    die_at(step, run, monkeypatch)
    let_the_lease_run_out(answer["id"], cast.org_id)
    job = run_job(answer)

    assert (job.state, job.error) == ("succeeded", None)
    assert copies_of(cast, digest(body)) == []
    assert len(masters_of(cast, digest(body))) == 1
    with tenancy.scope(cast.org_id):
        assert Master.objects.count() == Asset.objects.count() == Version.objects.count() == 1
        entry = Manifest.objects.get()
        row = Upload.objects.get()
        organization = Organization.objects.get(id=cast.org_id)
        version = Version.objects.get()
    assert (entry.number, entry.document["version"]) == (0, str(version.id))
    assert digest(storage.get_bytes("promoter", "masters", entry.key)) == entry.digest
    assert (row.state, row.version_id) == ("promoted", version.id)
    assert (organization.storage_used, organization.storage_reserved) == (len(body), 0)


def test_a_worker_that_lost_its_lease_writes_nothing(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    answer = promote(cast, done["staging_key"], digest(body))
    slow = claimed_run(answer["id"], cast.org_id)
    let_the_lease_run_out(answer["id"], cast.org_id)
    job = run_job(answer)

    with pytest.raises(LeaseLost):
        promotion.promote(slow)

    assert job.state == "succeeded"
    with tenancy.scope(cast.org_id):
        assert Version.objects.count() == 1


def test_a_chain_goes_on_behind_an_entry_that_was_never_committed(cast: Cast) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    answer = promote(cast, done["staging_key"], digest(body))
    run = claimed_run(answer["id"], cast.org_id)

    def at(name: str) -> None:
        if name == "manifest":
            raise Killed

    with pytest.raises(Killed):
        promotion.promote(run, at=at)
    with tenancy.scope(cast.org_id):
        # Another job takes the digest over, so the ids are new ones.
        Promotion.objects.all().delete()
    let_the_lease_run_out(answer["id"], cast.org_id)
    assert run_job(answer).state == "succeeded"

    with tenancy.scope(cast.org_id):
        chain = list(Manifest.objects.order_by("number"))
        version = Version.objects.get()
    assert [each.number for each in chain] == [0, 1]
    assert chain[1].document["previous"] == chain[0].digest
    assert chain[1].document["version"] == str(version.id)
    assert chain[0].document["job"] == chain[1].document["job"]


def test_a_damaged_version_is_never_acknowledged(cast: Cast) -> None:
    """A version with other bytes under the key, locked as it is, is passed over."""
    body = fresh_bytes()
    done = upload(cast, body)
    key = f"{cast.org_id}/{digest(body)}/master"
    storage.put_bytes("promoter", "masters", key, bytes(len(body)), content_type="video/quicktime")

    job = run_job(promote(cast, done["staging_key"], digest(body)))

    assert job.state == "succeeded"
    with tenancy.scope(cast.org_id):
        master = Master.objects.get()
    assert storage.get_bytes("reader", "masters", key, version_id=master.storage_version) == body


def test_a_store_that_does_not_answer_is_tried_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    body = fresh_bytes()
    done = upload(cast, body)
    answer = promote(cast, done["staging_key"], digest(body))

    def unreachable(*_: object, **__: object) -> None:
        raise storage.Unavailable(reason="EndpointConnectionError")

    monkeypatch.setattr(storage, "complete_multipart", unreachable)
    waiting = run_job(answer)
    monkeypatch.undo()

    assert waiting.state == "queued"
    assert waiting.error is not None
    assert waiting.error["type"].endswith("/storage-unavailable")
    assert cast.org_id.hex not in str(waiting.error).replace("-", "")
    assert masters_of(cast, digest(body)) == []
    assert copies_of(cast, digest(body)) == []
