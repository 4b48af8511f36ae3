"""The catalogue: masters (the bytes), assets, their versions, and collections."""

from __future__ import annotations

from typing import ClassVar, Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from dam.core.db import TenantKey, TenantManager, TenantModel

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


class Master(TenantModel):
    """Locked bytes in the masters bucket; `storage_version` is the VersionId that was hashed, `size` in bytes."""

    sha256 = models.CharField(max_length=64)
    key = models.TextField()
    storage_version = models.TextField()
    size = models.BigIntegerField()
    lock_mode = models.CharField(max_length=16)
    locked_until = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "assets_master"
        constraints = [
            models.UniqueConstraint(fields=["organization", "sha256"], name="assets_master_digest")
        ]

    def __str__(self) -> str:
        return self.sha256


class Asset(TenantModel):
    """A work as people see it: a title and a stack of versions, of which one is the head.

    `kind`, `size` (bytes) and `version_count` follow the stack, so that lists sort and filter on one table.
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
    created_by = models.UUIDField(null=True)
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
                )
            ),
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=models.Q(trashed_at__isnull=False),
                name="assets_asset_trash",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SearchEntry(models.Model):
    """What an asset is found by, see `assets.search`; beside the asset, so that it can be made anew at leisure.

    `created_at` is the asset's, so that the newest finds come in order without the asset itself.
    """

    asset = models.OneToOneField(
        Asset, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    created_at = models.DateTimeField()
    words = SearchVectorField()

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        db_table = "assets_search"
        indexes = [
            models.Index(fields=["organization", "-created_at", "-asset"], name="assets_search_list"),
            GinIndex(fields=["words"], name="assets_search_words", fastupdate=False),
        ]

    def __str__(self) -> str:
        return str(self.asset_id)


class Version(TenantModel):
    """One delivery of an asset. Everything from `duration` to `meta` is null until the preview job has probed.

    Units: `duration` and `first_pts` in seconds, `frame_rate` a rational like `30000/1001`, `width` by `height`
    as displayed. `type` is the media type that was declared, `kind` what the bytes say. From `captured_at` to
    `page_count` stands, normalised, what of `meta` filters and sorts: positions in degrees, loudness in LUFS.
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
    lens = models.TextField(null=True)  # noqa: DJ001
    codec = models.TextField(null=True)  # noqa: DJ001
    audio_codec = models.TextField(null=True)  # noqa: DJ001
    container = models.TextField(null=True)  # noqa: DJ001
    color_space = models.TextField(null=True)  # noqa: DJ001
    hdr = models.BooleanField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    loudness = models.FloatField(null=True)
    page_count = models.PositiveIntegerField(null=True)
    package = models.TextField(null=True)  # noqa: DJ001
    preview_state = models.CharField(max_length=16, choices=PreviewState.choices, default=PreviewState.NONE)
    preview_reason = models.TextField(default="", blank=True)
    poster = models.BooleanField(default=False)
    described = models.JSONField(null=True)
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_version"
        constraints = [
            models.UniqueConstraint(fields=["organization", "asset", "number"], name="assets_version_number"),
            models.UniqueConstraint(fields=["organization", "asset", "sha256"], name="assets_version_once"),
        ]
        indexes = [
            models.Index(fields=["organization", "sha256"], name="assets_version_digest"),
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

    `source` is the version whose bytes these are, where the file is an asset of its own too.
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

    class Meta:
        db_table = "assets_sidecar"
        constraints = [
            models.UniqueConstraint(fields=["organization", "version", "master"], name="assets_sidecar_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Collection(TenantModel):
    """A set of assets of one project. A frozen one is hidden: it holds what a share was made of."""

    class CollectionKind(models.TextChoices):
        MANUAL = "manual"
        SMART = "smart"
        FROZEN = "frozen"

    project = models.ForeignKey(
        "orgs.Project", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=16, choices=CollectionKind.choices, default=CollectionKind.MANUAL)
    query = models.JSONField(null=True)
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_collection"
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="assets_collection_list"),
            models.Index(
                fields=["organization", "project", "-created_at", "-id"], name="assets_collection_project"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CollectionItem(TenantModel):
    """An asset in a collection; `version` is set where it was frozen, null where the head counts."""

    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, related_name="items", db_constraint=False, db_index=False
    )
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    version = models.ForeignKey(
        Version, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )

    class Meta:
        db_table = "assets_collectionitem"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "collection", "asset"], name="assets_collectionitem_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.collection_id} {self.asset_id}"


class FieldDefinition(TenantModel):
    """A custom field of an organisation's assets; `projects` is null where all of them have it.

    What a value may be is said by `assets.fieldtypes`. `key` never changes: assets hold their values under it.
    """

    key = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=16)
    choices = ArrayField(models.TextField(), default=list)
    required = models.BooleanField(default=False)
    default = models.JSONField(null=True)
    help = models.TextField(default="", blank=True)
    order = models.IntegerField(default=0)
    projects = ArrayField(models.UUIDField(), null=True)
    created_by = models.UUIDField(null=True)

    class Meta:
        db_table = "assets_field"
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="assets_field_key")]
        indexes = [models.Index(fields=["organization", "order", "id"], name="assets_field_list")]

    def __str__(self) -> str:
        return self.key


class FieldValue(models.Model):
    """One value of one custom field of one asset, typed: what filters and sorts, beside the asset that is the truth.

    A choice among several has a row for each. Types are those whose comparison row-level security lets an index
    decide. `created_at` is the asset's, so that the newest finds come in order without the asset itself.
    """

    pk = models.CompositePrimaryKey("organization_id", "asset_id", "field_id", "place")
    organization = TenantKey("orgs.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    organization_id: UUID
    asset = models.ForeignKey(
        Asset, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    field = models.ForeignKey(
        FieldDefinition, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    place = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    as_text = models.TextField(null=True)  # noqa: DJ001 - null is "of another type"
    as_number = models.FloatField(null=True)
    as_time = models.DateTimeField(null=True)

    objects: ClassVar[TenantManager[Self]] = TenantManager()

    class Meta:
        db_table = "assets_fieldvalue"
        indexes = [
            models.Index(
                fields=["organization", "field", f"as_{name}", "-created_at", "-asset"],
                condition=models.Q(**{f"as_{name}__isnull": False}),
                name=f"assets_fieldvalue_{name}",
            )
            for name in ("text", "number", "time")
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.field_id}"
