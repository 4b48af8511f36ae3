"""What the room's endpoints take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets.inputs import KINDS, STATES, DigestField, StoryboardOutput
from dam.core.web.parsing import CamelInput, Input
from jobs.inputs import JobOutput

MAX_PLAYBACKS = 200
RENDITIONS = ["hls", "audio", "mp4", "image", "storyboard", "waveform"]


class PreviewInput(CamelInput):
    version_sha = DigestField()
    org = serializers.UUIDField(required=False)
    renditions = serializers.ListField(
        child=serializers.ChoiceField(choices=RENDITIONS), required=False, min_length=1, max_length=16
    )
    force = serializers.BooleanField(default=False)


class PlaybacksInput(Input):
    org = serializers.UUIDField(required=False)
    versions = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_PLAYBACKS)


class ThumbnailsOutput(serializers.Serializer[Any]):
    """Addresses by the length of the longer side, in pixels."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {each: serializers.URLField(allow_null=True) for each in ("150", "300", "1280")}


class MediaOutput(serializers.Serializer[Any]):
    """What a player must know of a version; null until the preview job has probed."""

    kind = serializers.ChoiceField(choices=KINDS)
    duration = serializers.FloatField(allow_null=True)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    frame_rate = serializers.CharField(allow_null=True)
    frame_count = serializers.IntegerField(allow_null=True)
    start_timecode = serializers.CharField(allow_null=True)
    drop_frame = serializers.BooleanField(allow_null=True)
    first_pts = serializers.FloatField(allow_null=True)
    channels = serializers.IntegerField(allow_null=True)


class PlaybackOutput(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=STATES)
    reason = serializers.CharField(allow_null=True)
    hls = serializers.URLField(allow_null=True)
    mp4 = serializers.URLField(allow_null=True)
    poster = serializers.URLField(allow_null=True)
    thumbnails = ThumbnailsOutput()
    storyboard = StoryboardOutput(allow_null=True)
    waveform = serializers.URLField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    media = MediaOutput()


class PlaybacksOutput(serializers.Serializer[Any]):
    results = serializers.DictField(child=PlaybackOutput())


class PreviewJobsOutput(serializers.Serializer[Any]):
    jobs = JobOutput(many=True)
