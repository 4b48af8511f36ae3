"""What can go wrong with processes, one function each: make it happen on a rig, then let the oracle judge.

Each brings a fresh organisation along, so that any number may follow each other on one rig.
"""

from __future__ import annotations

from tests.faults.oracle import Outcome, Person, judge, some_bytes
from tests.faults.rig import Rig

PROMOTION_STEPS = tuple(
    f"promotion:{each}"
    for each in (
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
)
JOB_STEPS = ("job:claimed", "job:ended", "job:done", "relay:delivered")
WEB_STEPS = (
    "presign:opened",
    "presign:saved",
    "PresignView:committed",
    "complete:stored",
    "complete:saved",
    "CompleteView:committed",
    "promote:queued",
    "PromoteView:committed",
)


def killed_at(rig: Rig, *points: str, keyed: bool = True) -> Outcome:
    """A process dies at each point, one delivery a point, while a client goes on sending."""
    person = Person(rig)
    deliveries = []
    for point in points:
        rig.arm(point)
        deliveries.append(person.deliver(some_bytes(), keyed=keyed))
        rig.until(lambda point=point: point not in rig.armed(), f"{point} was reached")
    return judge(person, deliveries)
