"""People, organisations, clients, projects, grants and tokens."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from dam.core.access import PROJECT_ROLES, Role
from dam.core.db import TenantModel, new_id

DEFAULT_STORAGE_LIMIT = 10 * 1024**4


class UserManager(BaseUserManager["User"]):
    """Makes people; Django's and allauth's own forms call it."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person with an account; belongs to organisations by grants alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.TextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "orgs_user"
        constraints = [models.UniqueConstraint(Lower("email"), name="orgs_user_email")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        return False


class Organization(models.Model):
    """A tenant. `storage_used` and `storage_reserved` are in bytes.

    `trash_days`: after so many days in the trash an asset is purged by itself; null is the platform's `TRASH_DAYS`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.TextField()
    slug = models.SlugField(max_length=64, unique=True)
    storage_used = models.BigIntegerField(default=0)
    storage_reserved = models.BigIntegerField(default=0)
    storage_limit = models.BigIntegerField(default=DEFAULT_STORAGE_LIMIT)
    trash_days = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "orgs_organization"

    def __str__(self) -> str:
        return self.slug


class Client(TenantModel):
    """A customer of the organisation; groups projects."""

    name = models.TextField()
    slug = models.SlugField(max_length=64)

    class Meta:
        db_table = "orgs_client"
        constraints = [models.UniqueConstraint(fields=["organization", "slug"], name="orgs_client_slug")]
        indexes = [models.Index(fields=["organization", "-created_at", "-id"], name="orgs_client_list")]

    def __str__(self) -> str:
        return self.slug


class Project(TenantModel):
    """A body of work inside an organisation, with or without a client."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        ARCHIVED = "archived"

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    name = models.TextField()
    slug = models.SlugField(max_length=64)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)

    class Meta:
        db_table = "orgs_project"
        constraints = [models.UniqueConstraint(fields=["organization", "slug"], name="orgs_project_slug")]
        indexes = [models.Index(fields=["organization", "-created_at", "-id"], name="orgs_project_list")]

    def __str__(self) -> str:
        return self.slug


class Grant(TenantModel):
    """A role given to a person in an organisation, in one of its clients or in one project: the nearest counts."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    role = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Role])

    class Meta:
        db_table = "orgs_grant"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user", "client", "project"],
                name="orgs_grant_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(client=None) | models.Q(project=None), name="orgs_grant_one_place"
            ),
        ]
        indexes = [models.Index(fields=["user", "organization"], name="orgs_grant_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class ProjectMembership(TenantModel):
    """The effective role of a person in a project, flattened from the grants in the same transaction.

    Organisation admins have no rows: they have every project.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=[(each.value, each.value) for each in PROJECT_ROLES])

    class Meta:
        db_table = "orgs_projectmembership"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "project", "user"], name="orgs_projectmembership_once"
            )
        ]
        indexes = [
            models.Index(fields=["user", "project"], include=["role", "organization"], name="orgs_pm_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.project_id} {self.role}"


class Invitation(TenantModel):
    """A grant that waits for its person to sign up and verify the address."""

    email = models.EmailField(max_length=254)
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    role = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Role])
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    user = None  # nobody yet: what a grant has in its place
    user_id = None

    class Meta:
        db_table = "orgs_invitation"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email", "client", "project"],
                name="orgs_invitation_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.role}"


class ApiToken(models.Model):
    """A personal API token, stored as the SHA-256 of its 32 random bytes' text."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.TextField(default="")
    token_hash = models.BinaryField(unique=True)
    can_write = models.BooleanField(default=True)
    project_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "orgs_apitoken"

    def __str__(self) -> str:
        return self.name


class Guest(TenantModel):
    """A reviewer without an account, known to one share by the name that was typed."""

    share_id = models.UUIDField()
    name = models.TextField(default="")
    email = models.EmailField(max_length=254, blank=True, default="")

    class Meta:
        db_table = "orgs_guest"
        indexes = [models.Index(fields=["organization", "share_id"], name="orgs_guest_share")]

    def __str__(self) -> str:
        return self.name
