"""The web process dies between any two steps of a request; the client asks again and gets what it wanted, once."""

import pytest

from tests.faults.rig import Rig
from tests.faults.scenarios import WEB_STEPS, server_killed_at


@pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "without a key"])
def test_a_request_whose_server_was_killed_can_be_sent_again(rig: Rig, keyed: bool) -> None:
    assert server_killed_at(rig, *WEB_STEPS, keyed=keyed).notes == []
