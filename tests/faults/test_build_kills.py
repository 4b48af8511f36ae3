"""The encoder dies, by SIGKILL, between any two steps of a build; the preview is whole in the end."""

from tests.faults.rig import Rig
from tests.faults.scenarios import BUILD_STEPS, encoder_killed_at


def test_an_encoder_killed_at_each_step_of_a_build_leaves_whole_previews(rig: Rig) -> None:
    assert encoder_killed_at(rig, *BUILD_STEPS).notes == []
    assert rig.deaths >= len(BUILD_STEPS)
