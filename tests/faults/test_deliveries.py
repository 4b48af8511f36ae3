"""Wake-ups come twice, out of order, and while the work is being done: one effect each."""

from tests.faults import outages
from tests.faults.rig import Rig


def test_wake_ups_that_come_often_and_in_any_order_do_the_work_once(rig: Rig) -> None:
    assert outages.shuffled_wakeups(rig).notes == []


def test_a_job_longer_than_the_brokers_patience_is_done_once(rig: Rig) -> None:
    assert outages.delivered_again_while_it_runs(rig, seconds=4, visibility_s=1).notes == []
