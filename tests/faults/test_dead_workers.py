"""Work that kills its workers is put aside with a reason; what a dead worker held is done by another."""

from tests.faults import poisons
from tests.faults.rig import Rig


def test_poison_is_put_aside_after_three_workers_and_can_be_retried(rig: Rig) -> None:
    assert poisons.poison(rig).notes == []


def test_a_dead_workers_job_runs_again_soon_after_its_lease(rig: Rig) -> None:
    # Three seconds of lease here; the sweep, the wake-up and a new worker come on top.
    assert poisons.seconds_until_taken_up(rig) < 15
