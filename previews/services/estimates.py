"""How long a build will take: learnt from those that were made lately, by codec."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from dam.core import tenancy
from jobs.services import JobRun
from previews import kinds
from previews.media.facts import MediaFacts
from previews.media.recipes import LADDER_NAME
from previews.models import Preview, Speed

#: As many builds of a lane are remembered; their median is not moved by one that had to wait for its master.
REMEMBERED = 15
#: What nobody has measured: seconds for a unit of work on this machine's cores.
USUAL_S = 0.03 / min(4, os.cpu_count() or 1)
_ANY = "any"


def cost_of(facts: MediaFacts) -> kinds.Cost:
    """Return what a build of these facts costs."""
    video, sound = facts.video, facts.audio
    if video is not None:
        return kinds.cost_of_video(
            codec=video.codec,
            size=(video.coded_width, video.coded_height),
            shown=(video.display_width, video.display_height),
            frames=video.source_frames,
            rate=float(video.rate),
        )
    if sound is not None:
        return kinds.cost_of_sound(codec=sound.codec, duration_s=sound.duration_s)
    if facts.width and facts.height:
        return kinds.cost_of_still(pixels=facts.width * facts.height)
    return kinds.cost_of_other()


def seconds_for(cost: kinds.Cost, *, kind: str = "") -> float:
    """Return how many seconds of work a build will take; `kind` is that of a master which nobody has probed.

    Where nothing of the kind was built yet, what was built of any other tells.
    """
    key = cost.lane or f"bytes/{kind}"
    known = dict(Speed.objects.filter(key__in=(key, _ANY)).values_list("key", "recent"))
    recent = known.get(key) or (known.get(_ANY) if cost.lane else None)
    return cost.work * (statistics.median(recent) if recent else USUAL_S)


def note_cost(run: JobRun, *, preview_id: UUID, facts: MediaFacts) -> None:
    """Tell what a build costs as soon as its master has been probed; where its lane is full, it waits.

    Raises:
        LeaseLost: it waits, or is no longer this worker's.
    """
    cost = cost_of(facts)
    with tenancy.scope(run.organization_id):
        Preview.objects.filter(id=preview_id).update(lane=cost.lane, work=cost.work)
        expected_s = seconds_for(cost)
    run.enter_lane(cost.lane, expected_s=expected_s)


class Next(Protocol):
    """What follows a build that ended well."""

    def __call__(self, preview_id: UUID, *, organization_id: UUID) -> object:
        """Do it."""


def learning(
    build: Callable[[JobRun], dict[str, Any]], *, and_then: Next
) -> Callable[[JobRun], dict[str, Any]]:
    """Return the handler of a build that also remembers how long it took, and has done what follows."""

    def build_and_learn(run: JobRun) -> dict[str, Any]:
        started = time.monotonic()
        result = build(run)
        learn(run, elapsed_s=time.monotonic() - started)
        and_then(UUID(run.payload["preview"]), organization_id=run.organization_id)
        return result

    return build_and_learn


def learn(run: JobRun, *, elapsed_s: float) -> None:
    """Remember how long a build took that has just ended well."""
    with tenancy.scope(run.organization_id):
        preview = Preview.objects.filter(id=UUID(run.payload["preview"])).first()
        if preview is None or not preview.work or LADDER_NAME in preview.withheld:
            return
        unprobed = run.payload.get("unprobed")
        _remember(preview.lane, elapsed_s / preview.work)
        _remember(_ANY, elapsed_s / preview.work)
        if unprobed:
            _remember(f"bytes/{unprobed['kind']}", elapsed_s / unprobed["work"])


@transaction.atomic
def _remember(key: str, seconds_per_work: float) -> None:
    Speed.objects.bulk_create([Speed(key=key)], ignore_conflicts=True)
    speed = Speed.objects.select_for_update().get(key=key)
    speed.recent = [*speed.recent, round(seconds_per_work, 6)][-REMEMBERED:]
    speed.save()
