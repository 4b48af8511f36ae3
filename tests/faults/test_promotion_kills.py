"""The worker dies, by SIGKILL, between any two steps of a promotion; the master is acknowledged once."""

from tests.faults.rig import Rig
from tests.faults.scenarios import JOB_STEPS, PROMOTION_STEPS, killed_at


def test_a_worker_killed_at_each_step_of_a_promotion_leaves_one_master_each(rig: Rig) -> None:
    outcome = killed_at(rig, *PROMOTION_STEPS)

    assert outcome.notes == []
    assert rig.deaths >= len(PROMOTION_STEPS)


def test_a_worker_or_relay_killed_around_a_job_does_it_once(rig: Rig) -> None:
    assert killed_at(rig, *JOB_STEPS).notes == []
