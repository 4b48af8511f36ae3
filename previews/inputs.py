"""What the room's endpoints take, and the shapes they answer (for the OpenAPI document)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets.inputs.assets import StoryboardOutput
from assets.inputs.words import KINDS, STATES, DigestField
from dam.core.web.api import ListQuery
from dam.core.web.outputs import page_of
from dam.core.web.parsing import CamelInput, Input
from jobs.inputs import JobOutput, RenditionOutput

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


class PlaybackQuery(Input):
    missing = serializers.BooleanField(
        default=False, help_text="The player met files that the edge does not have: have them looked for."
    )


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


class PagesOutput(serializers.Serializer[Any]):
    """Pages of a document: how many it has, how many from the first on have a picture, and where.

    `image` is an address in which `{n}` stands for the number of a page, from 1.
    """

    count = serializers.IntegerField()
    shown = serializers.IntegerField()
    image = serializers.CharField()


class PreparingOutput(serializers.Serializer[Any]):
    """How far the watermarked copy of whoever asks is, 0 to 1."""

    progress = serializers.FloatField()


class PlaybackOutput(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=STATES)
    reason = serializers.CharField(allow_null=True)
    hls = serializers.URLField(allow_null=True)
    mp4 = serializers.URLField(allow_null=True)
    poster = serializers.URLField(allow_null=True)
    thumbnails = ThumbnailsOutput()
    storyboard = StoryboardOutput(allow_null=True)
    waveform = serializers.URLField(allow_null=True)
    frames = serializers.URLField(
        allow_null=True, help_text="The frame map: where every frame lies, as JSON."
    )
    pages = PagesOutput(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    media = MediaOutput()
    preparing = PreparingOutput(required=False)
    progress = serializers.FloatField(
        min_value=0, max_value=1, allow_null=True, help_text="While it is being built."
    )
    renditions = RenditionOutput(many=True)
    estimate_s = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="Seconds until everything is there, while it is being built."
    )
    queue_position = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="Builds that come first, while it waits."
    )


class PlaybacksOutput(serializers.Serializer[Any]):
    results = serializers.DictField(child=PlaybackOutput())


class PreviewJobsOutput(serializers.Serializer[Any]):
    jobs = JobOutput(many=True)


class EgressQuery(ListQuery):
    """Days are in UTC, both included."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own.
        days = {name: serializers.DateField(required=False) for name in ("from", "to")}
        return {**super().get_fields(), **days}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        if {"from", "to"} <= set(attrs) and attrs["from"] > attrs["to"]:
            raise serializers.ValidationError({"to": ["Must not be before `from`."]})
        return attrs


class EgressSumOutput(serializers.Serializer[Any]):
    requests = serializers.IntegerField()
    bytes = serializers.IntegerField()
    origin_bytes = serializers.IntegerField()


class EgressOutput(EgressSumOutput):
    """What the edges sent through one share on one day; `share` is null for members."""

    day = serializers.DateField()
    share = serializers.UUIDField(allow_null=True)


class EgressPageOutput(page_of(EgressOutput)):  # type: ignore[misc]  # a class made by a function
    """The page, and the sum of all of them."""

    total = EgressSumOutput()


class ConformanceClipOutput(serializers.Serializer[Any]):
    """A clip; `frames` is an address in which `{n}` stands for the number of a frame, from 0."""

    name = serializers.CharField()
    rate = serializers.CharField()
    frame_count = serializers.IntegerField()
    start_timecode = serializers.CharField(allow_null=True)
    drop_frame = serializers.BooleanField(allow_null=True)
    hls = serializers.URLField()
    mp4 = serializers.URLField()
    map = serializers.URLField()
    frames = serializers.CharField()


class ConformanceLayoutOutput(serializers.Serializer[Any]):
    """Where a clip shows its frame number, in its own pixels."""

    width = serializers.IntegerField()
    height = serializers.IntegerField()
    bits = serializers.IntegerField()
    cell = serializers.IntegerField()
    band = serializers.IntegerField()


class ConformanceOutput(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["building", "ready"])
    layout = ConformanceLayoutOutput()
    clips = ConformanceClipOutput(many=True)
    expires_at = serializers.DateTimeField(allow_null=True)
