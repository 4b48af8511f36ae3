"""Writes of the room."""

from previews.services.build import build_previews
from previews.services.requests import JOB_KIND, fail_build, request_build
from previews.services.stills import frame_url

__all__ = ["JOB_KIND", "build_previews", "fail_build", "frame_url", "request_build"]
