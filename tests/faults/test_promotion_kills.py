"""The worker dies, by SIGKILL, between any two steps of a promotion; the master is acknowledged once."""

from tests.faults.rig import Rig
from tests.faults.scenarios import JOB_STEPS, PROMOTION_STEPS, RELAY_STEPS, server_killed_at, worker_killed_at


def test_a_worker_killed_at_each_step_of_a_promotion_leaves_one_master_each(rig: Rig) -> None:
    assert worker_killed_at(rig, *PROMOTION_STEPS, *JOB_STEPS).notes == []
    assert rig.deaths >= len(PROMOTION_STEPS) + len(JOB_STEPS)


def test_a_relay_killed_before_it_forgets_its_message_harms_nothing(rig: Rig) -> None:
    assert server_killed_at(rig, *RELAY_STEPS, *RELAY_STEPS).notes == []
