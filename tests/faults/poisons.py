"""Work that kills whoever touches it, and how soon another takes up what the dead left."""

from __future__ import annotations

from tests.faults.oracle import Outcome, Person, judge, some_bytes
from tests.faults.rig import Rig

TRIES = 3


def poison(rig: Rig) -> Outcome:
    """A job kills each worker that takes it; others go on, it is put aside with its reason, and retried by hand."""
    person = Person(rig)
    cured = rig.directory / f"cured-{person.organization}"
    job = rig.call(
        "enqueue",
        organization=person.organization,
        kind="poison",
        payload={"cured": str(cured)},
        key="one",
        project=person.project,
    )
    deliveries = [person.deliver(some_bytes()) for _ in range(2)]
    ended = rig.until(lambda: _ended(person, job), "the job was put aside")
    outcome = judge(person, deliveries)
    error = ended["error"]
    if ended["state"] != "failed" or ended["attempts"] != TRIES or not error["type"].endswith("/worker-lost"):
        outcome.note("stuck", f"the poison ended as {ended}")
    elif "died" not in error["detail"] or "Retry" not in error["detail"]:
        outcome.note("stuck", f"nobody understands {error}")
    cured.touch()
    if person.ask("POST", f"/api/jobs/{job}/retry", {}).status != 202:
        outcome.note("stuck", "it cannot be retried")
    rig.until(lambda: person.job(job)["state"] == "succeeded", "the cured job is done")
    return outcome


def _ended(person: Person, job: str) -> object:
    found = person.job(job)
    return found.body if found["state"] == "failed" else None


def seconds_until_taken_up(rig: Rig) -> float:
    """Kill a worker in the middle of a job; return after how many seconds another one begins it again."""
    person = Person(rig)
    file = rig.directory / f"begun-{person.organization}"
    job = rig.call(
        "enqueue",
        organization=person.organization,
        kind="hang_first",
        payload={"file": str(file)},
        key="one",
        project=person.project,
    )
    rig.until(file.exists, "the job runs")
    rig.kill("short")
    died = rig.died_at
    rig.until(lambda: person.job(job)["state"] == "succeeded", "the job is done", patience_s=120)
    return float(file.read_text(encoding="ascii").split()[3]) - died
