"""Masters (the bytes), assets, their versions, and what stands beside them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from dam.core.db import TenantModel

_THERE = models.Q(trashed_at=None)


class Kind(models.TextChoices):
    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    DOCUMENT = "document"
    OTHER = "other"


class PreviewState(models.TextChoices):
    NONE = "none"
    BUILDING = "building"
    PARTIAL = "partial"
    READY = "ready"
    FAILED = "failed"


class ApprovalState(models.TextChoices):
    """What reviewers decided of a version: one who asks for changes outweighs those who approve."""

    NONE = "none"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"


class Master(TenantModel):
    """Locked bytes in the masters bucket; `storage_version` is the VersionId that was hashed, `size` in bytes.

    `held_at` is set while the store keeps a legal hold on them; `released_at` once nothing of the catalogue has them
    any more and they wait for the purger, who may come when their lock has ended.
    """

    sha256 = models.CharField(max_length=64)
    key = models.TextField()
    storage_version = models.TextField()
    size = models.BigIntegerField()
    lock_mode = models.CharField(max_length=16)
    locked_until = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(db_default=Now())
    held_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "assets_master"
        constraints = [
            models.UniqueConstraint(fields=["organization", "sha256"], name="assets_master_digest")
        ]
        indexes = [
            models.Index(
                fields=["locked_until"],
                condition=models.Q(released_at__isnull=False),
                name="assets_master_released",
            )
        ]

    def __str__(self) -> str:
        return self.sha256


class Asset(TenantModel):
    """A work as people see it: a title and a stack of versions, of which one is the head.

    `kind`, `size` (bytes) and `version_count` follow the stack, and from `name` to `changes_requested` stands what the
    head says of itself (see `assets.services.facts`), so that lists sort, filter and read one table: `fps` in frames
    a second, `duration` in seconds, `lines` the shorter side of the picture in pixels. `comment_count` is kept by the
    database with the comments that are made and go (decision 0138): nobody else writes it.
    """

    project = models.ForeignKey(
        "orgs.Project", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.OTHER)
    tags = ArrayField(models.TextField(), default=list)
    fields = models.JSONField(default=dict)
    folder = models.TextField(default="", blank=True)
    size = models.BigIntegerField(default=0)
    version_count = models.PositiveIntegerField(default=0)
    current_version = models.ForeignKey(
        "assets.Version", on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    shoot = models.ForeignKey(
        "assets.Shoot",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    created_by = models.UUIDField(null=True)
    name = models.TextField(default="", blank=True)
    codec = models.TextField(null=True)  # noqa: DJ001 - null is "not known"
    fps = models.FloatField(null=True)
    duration = models.FloatField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    lines = models.PositiveIntegerField(null=True)
    captured_at = models.DateTimeField(null=True)
    preview_state = models.CharField(max_length=16, choices=PreviewState.choices, default=PreviewState.NONE)
    head_sha256 = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null is "no head yet"
    head_number = models.PositiveIntegerField(null=True)
    approval = models.CharField(
        max_length=20,
        choices=ApprovalState.choices,
        default=ApprovalState.NONE,
        db_default=ApprovalState.NONE,
    )
    approved = models.PositiveIntegerField(default=0, db_default=0)
    changes_requested = models.PositiveIntegerField(default=0, db_default=0)
    comment_count = models.IntegerField(default=0, db_default=0)
    trashed_at = models.DateTimeField(null=True)
    trashed_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_asset"
        indexes = [
            *(
                models.Index(fields=["organization", *fields], condition=_THERE, name=f"assets_asset_{name}")
                for name, fields in (
                    ("list", ["-created_at", "-id"]),
                    ("title", ["title", "id"]),
                    ("size", ["size", "id"]),
                    ("kind", ["kind", "-created_at", "-id"]),
                    ("project", ["project", "-created_at", "-id"]),
                    ("project_title", ["project", "title", "id"]),
                    ("project_size", ["project", "size", "id"]),
                    ("updated", ["updated_at", "id"]),
                    ("name", ["name", "id"]),
                    ("kinds", ["kind", "id"]),
                    ("duration", ["duration", "id"]),
                    ("captured", ["captured_at", "id"]),
                    ("codec", ["codec", "-created_at", "-id"]),
                    ("fps", ["fps", "-created_at", "-id"]),
                    ("lines", ["lines", "-created_at", "-id"]),
                    ("person", ["created_by", "-created_at", "-id"]),
                    ("state", ["preview_state", "-created_at", "-id"]),
                )
            ),
            models.Index(
                fields=["organization", "project", "folder", "-created_at", "-id"],
                condition=_THERE,
                name="assets_asset_folder",
            ),
            models.Index(
                fields=["organization", "shoot", "-created_at", "-id"],
                condition=_THERE & models.Q(shoot__isnull=False),
                name="assets_asset_shoot",
            ),
            models.Index(
                fields=["organization", "approval", "-created_at", "-id"],
                condition=_THERE & models.Q(approval__in=["approved", "changes_requested"]),
                name="assets_asset_approval",
            ),
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=models.Q(trashed_at__isnull=False),
                name="assets_asset_trash",
            ),
            models.Index(
                fields=["organization", "project", "-created_at", "-id"],
                condition=models.Q(trashed_at__isnull=False),
                name="assets_asset_project_trash",
            ),
            models.Index(
                fields=["organization", "trashed_at"],
                condition=models.Q(trashed_at__isnull=False),
                name="assets_asset_overdue",
            ),
        ]

    def __str__(self) -> str:
        return self.title


#: What a probe tells of the bytes of a version.
FACTS = (
    "duration",
    "width",
    "height",
    "frame_rate",
    "frame_count",
    "start_timecode",
    "drop_frame",
    "first_pts",
    "channels",
    "color",
    "meta",
    "captured_at",
    "camera",
    "lens",
    "codec",
    "audio_codec",
    "container",
    "color_space",
    "hdr",
    "latitude",
    "longitude",
    "loudness",
    "page_count",
    "package",
)


class Version(TenantModel):
    """One delivery of an asset. Everything from `duration` to `meta` is null until the preview job has probed.

    Units: `duration` and `first_pts` in seconds, `frame_rate` a rational like `30000/1001`, `width` by `height`
    as displayed. `type` is the media type that was declared, `kind` what the bytes say. From `captured_at` to
    `page_count` stands, normalised, what of `meta` filters and sorts: positions in degrees, loudness in LUFS.
    `cloned_from` is the version that it repeats, for another round on the same bytes; else an asset has bytes once.
    `approval`, `approved` and `changes_requested` sum up what stands of its reviewers' decisions, which the room of
    comments keeps and writes here.
    `described` is what the asset said that the version was attached from, null where it was delivered here.
    """

    asset = models.ForeignKey(
        Asset, on_delete=models.CASCADE, related_name="versions", db_constraint=False, db_index=False
    )
    master = models.ForeignKey(Master, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = models.TextField()
    type = models.TextField()
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.OTHER)
    duration = models.FloatField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    frame_rate = models.TextField(null=True)  # noqa: DJ001 - null is "not probed", an empty text would be a value
    frame_count = models.BigIntegerField(null=True)
    start_timecode = models.TextField(null=True)  # noqa: DJ001 - as above
    drop_frame = models.BooleanField(null=True)
    first_pts = models.FloatField(null=True)
    channels = models.PositiveIntegerField(null=True)
    color = models.JSONField(null=True)
    meta = models.JSONField(null=True)
    captured_at = models.DateTimeField(null=True)
    camera = models.TextField(null=True)  # noqa: DJ001 - null is "not known", here and below
    lens = models.TextField(null=True)  # noqa: DJ001 - as above
    codec = models.TextField(null=True)  # noqa: DJ001 - as above
    audio_codec = models.TextField(null=True)  # noqa: DJ001 - as above
    container = models.TextField(null=True)  # noqa: DJ001 - as above
    color_space = models.TextField(null=True)  # noqa: DJ001 - as above
    hdr = models.BooleanField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    loudness = models.FloatField(null=True)
    page_count = models.PositiveIntegerField(null=True)
    package = models.TextField(null=True)  # noqa: DJ001 - as above
    preview_state = models.CharField(max_length=16, choices=PreviewState.choices, default=PreviewState.NONE)
    preview_reason = models.TextField(default="", blank=True)
    poster = models.BooleanField(default=False)
    approval = models.CharField(
        max_length=20,
        choices=ApprovalState.choices,
        default=ApprovalState.NONE,
        db_default=ApprovalState.NONE,
    )
    approved = models.PositiveIntegerField(default=0, db_default=0)
    changes_requested = models.PositiveIntegerField(default=0, db_default=0)
    described = models.JSONField(null=True)
    cloned_from = models.UUIDField(null=True)
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_version"
        constraints = [
            models.UniqueConstraint(fields=["organization", "asset", "number"], name="assets_version_number"),
            models.UniqueConstraint(
                fields=["organization", "asset", "sha256"],
                condition=models.Q(cloned_from=None),
                name="assets_version_delivered",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "sha256"], name="assets_version_digest"),
            # Imports mean assets by the names of their files.
            models.Index(fields=["organization", "name"], name="assets_version_name"),
            models.Index(
                fields=["organization", "package"],
                condition=models.Q(package__isnull=False),
                name="assets_version_package",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class Sidecar(TenantModel):
    """A file that stands beside a version: the lists of a package that name it, or what was put there by hand.

    `source` is the version whose bytes these are, where the file is an asset of its own too; `words` what is spoken
    in subtitles, which search finds.
    """

    version = models.ForeignKey(
        Version, on_delete=models.CASCADE, related_name="sidecars", db_constraint=False, db_index=False
    )
    master = models.ForeignKey(Master, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    source = models.ForeignKey(
        Version, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    kind = models.CharField(max_length=32)
    name = models.TextField()
    words = models.TextField(db_default="", blank=True)

    class Meta:
        db_table = "assets_sidecar"
        constraints = [
            models.UniqueConstraint(fields=["organization", "version", "master"], name="assets_sidecar_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
