"""Writes of the room."""

from previews.services.build import build_previews
from previews.services.egress import EgressCounter, count_egress
from previews.services.requests import JOB_KIND, fail_build, request_build
from previews.services.revocations import (
    TakenDown,
    is_taken_down,
    organization_named,
    restore,
    resume_organization,
    stop_organization,
    take_down,
)
from previews.services.stills import frame_url

__all__ = [
    "JOB_KIND",
    "EgressCounter",
    "TakenDown",
    "build_previews",
    "count_egress",
    "fail_build",
    "frame_url",
    "is_taken_down",
    "organization_named",
    "request_build",
    "restore",
    "resume_organization",
    "stop_organization",
    "take_down",
]
