"""What the endpoints of versions take and answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets.conditions import APPROVALS
from assets.inputs.words import (
    KINDS,
    STATES,
    CleanField,
)
from dam.core import names
from dam.core.web.parsing import Input


class FileNameField(CleanField):
    """The name of a file, as uploads take it."""

    clean = staticmethod(names.clean_file_name)


class AttachInput(Input):
    asset = serializers.UUIDField()


class CloneInput(Input):
    """What a version without a file of its own repeats: `version` of the asset, its head unless named."""

    version = serializers.UUIDField(required=False)
    name = FileNameField(required=False)


class ApprovalStateOutput(serializers.Serializer[Any]):
    """What reviewers decided of a version: how many approve, and how many ask for changes, which outweighs."""

    state = serializers.ChoiceField(choices=APPROVALS)
    approved = serializers.IntegerField()
    changes_requested = serializers.IntegerField()


class CurrentVersionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    preview_state = serializers.ChoiceField(choices=STATES)


class VersionOutput(serializers.Serializer[Any]):
    """A version; what needs a probe is null until the preview job has probed.

    `held`: the file storage keeps its bytes under a legal hold, set here or wherever else they are used.
    """

    id = serializers.UUIDField()
    asset = serializers.UUIDField()
    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.CharField()
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
    color = serializers.DictField(allow_null=True)
    meta = serializers.DictField(allow_null=True)
    captured_at = serializers.DateTimeField(allow_null=True)
    camera = serializers.CharField(allow_null=True)
    lens = serializers.CharField(allow_null=True)
    codec = serializers.CharField(allow_null=True)
    audio_codec = serializers.CharField(allow_null=True)
    container = serializers.CharField(allow_null=True)
    color_space = serializers.CharField(allow_null=True)
    hdr = serializers.BooleanField(allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    loudness = serializers.FloatField(allow_null=True)
    page_count = serializers.IntegerField(allow_null=True)
    package = serializers.CharField(allow_null=True)
    preview_state = serializers.ChoiceField(choices=STATES)
    cloned_from = serializers.UUIDField(allow_null=True)
    approval = ApprovalStateOutput()
    held = serializers.BooleanField()
    locked_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SidecarOutput(serializers.Serializer[Any]):
    """A file beside a version; `source_version` is the one whose bytes these are, where it is an asset of its own too."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    source_version = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
