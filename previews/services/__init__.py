"""Writes of the room."""

from previews.services.build import build_previews
from previews.services.conformance import (
    build_conformance,
    conformance_document,
    conformance_frame_url,
    prepare_conformance,
)
from previews.services.egress import EgressCounter, count_egress
from previews.services.estimates import learning
from previews.services.measuring import measure_previews
from previews.services.playing import CHECK_KIND, check, look_at, play
from previews.services.purging import purge_previews
from previews.services.requests import JOB_KIND, fail_build, request_build
from previews.services.revocations import (
    TakenDown,
    is_taken_down,
    organization_named,
    restore,
    resume_organization,
    revive_share,
    stop_organization,
    take_down,
)
from previews.services.sharing import PART_KIND, build_part, sweep_parts
from previews.services.stills import frame_url
from previews.services.sweeping import drop, sweep
from previews.services.upkeep import Wanted, counted, drop_all, rebuild_all
from previews.services.warming import request_warming, warm
from previews.services.watermarks import marked_download_url, marked_playback, prepare_pictures
from previews.services.watermarks_build import build_copy, fail_copy
from previews.services.watermarks_sweep import sweep_copies
from previews.services.withholding import (
    EXTRAS_KIND,
    build_extras,
    fail_extras,
    queue_extras,
    request_renditions,
)

#: The job that builds previews, and remembers how long that took.
build_and_learn = learning(build_previews, and_then=queue_extras)

__all__ = [
    "CHECK_KIND",
    "EXTRAS_KIND",
    "JOB_KIND",
    "PART_KIND",
    "EgressCounter",
    "TakenDown",
    "Wanted",
    "build_and_learn",
    "build_conformance",
    "build_copy",
    "build_extras",
    "build_part",
    "build_previews",
    "check",
    "conformance_document",
    "conformance_frame_url",
    "count_egress",
    "counted",
    "drop",
    "drop_all",
    "fail_build",
    "fail_copy",
    "fail_extras",
    "frame_url",
    "is_taken_down",
    "look_at",
    "marked_download_url",
    "marked_playback",
    "measure_previews",
    "organization_named",
    "play",
    "prepare_conformance",
    "prepare_pictures",
    "purge_previews",
    "rebuild_all",
    "request_build",
    "request_renditions",
    "request_warming",
    "restore",
    "resume_organization",
    "revive_share",
    "stop_organization",
    "sweep",
    "sweep_copies",
    "sweep_parts",
    "take_down",
    "warm",
]
