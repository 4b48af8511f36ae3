"""Who may do what: roles, permissions, the actor, and the one function that judges members and guests alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from dam.core.errors import Forbidden, NotAuthenticated, NotFound


class Role(StrEnum):
    """Roles of a grant; `member` exists in an organisation only and sees no project until granted."""

    MEMBER = "member"
    VIEWER = "viewer"
    REVIEWER = "reviewer"
    EDITOR = "editor"
    ADMIN = "admin"


PROJECT_ROLES = (Role.VIEWER, Role.REVIEWER, Role.EDITOR, Role.ADMIN)


class Permission(StrEnum):
    """Everything that a role may or may not do in a project, or in an organisation as its admin."""

    VIEW = "view"
    COMMENT = "comment"
    RESOLVE_OWN = "resolve-own"
    APPROVE = "approve"
    UPLOAD = "upload"
    EDIT = "edit"
    SHARE = "share"
    DOWNLOAD = "download"
    RESOLVE_ANY = "resolve-any"
    TRASH = "trash"
    REBUILD = "rebuild"
    MANAGE_MEMBERS = "manage-members"
    MANAGE_FIELDS = "manage-fields"
    SETTINGS = "settings"
    PURGE = "purge"
    HOLD = "hold"
    AUDIT = "audit"


_VIEWER = frozenset({Permission.VIEW})
_REVIEWER = _VIEWER | {Permission.COMMENT, Permission.RESOLVE_OWN, Permission.APPROVE}
_EDITOR = _REVIEWER | {
    Permission.UPLOAD,
    Permission.EDIT,
    Permission.SHARE,
    Permission.DOWNLOAD,
    Permission.RESOLVE_ANY,
    Permission.TRASH,
    Permission.REBUILD,
}
ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.MEMBER: frozenset(),
        Role.VIEWER: _VIEWER,
        Role.REVIEWER: _REVIEWER,
        Role.EDITOR: _EDITOR,
        Role.ADMIN: frozenset(Permission),
    }
)


@dataclass(frozen=True)
class Membership:
    """A person's place in one organisation."""

    id: UUID
    name: str
    slug: str
    role: Role


@dataclass(frozen=True)
class Mark:
    """What is burnt into every picture that a guest is shown: the text as it will be read, and where and how strongly.

    `opacity` runs from 0 to 1.
    """

    text: str
    position: str
    opacity: float


@dataclass(frozen=True)
class SharePass:
    """What a share link opens: one collection of one project.

    With `watermark` nothing clean is ever addressed; `mark` is what this very guest's copies carry.
    """

    share_id: UUID
    organization_id: UUID
    project_id: UUID
    collection_id: UUID
    allow_download: bool
    allow_comments: bool
    watermark: bool = False
    expires_at: datetime | None = None
    mark: Mark | None = None


@dataclass(frozen=True)
class Target:
    """What is about to be touched. `in_share`: it lies in the collection that the guest's link opens."""

    organization_id: UUID
    project_id: UUID | None = None
    in_share: bool = False


@dataclass(frozen=True)
class Actor:
    """Whoever asks: a member or a guest, as one frozen value.

    `projects` holds the effective role of every project that a grant reaches; an organisation's admin has every
    project without an entry. `scopes` and `only_project` narrow an API token; `token_id` says which one it is, None
    for who logged in.
    """

    kind: str
    id: UUID | None
    name: str = ""
    email: str = ""
    verified: bool = False
    organizations: Mapping[UUID, Membership] = field(default_factory=dict)
    projects: Mapping[UUID, tuple[UUID, Role]] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset({"read", "write"})
    only_project: UUID | None = None
    token_id: UUID | None = None
    share: SharePass | None = None
    ip: str = ""
    user_agent: str = ""

    @property
    def user_id(self) -> UUID:
        """The person's id.

        Raises:
            Forbidden: this is a guest, or the system.
        """
        if self.kind != "user" or self.id is None:
            raise Forbidden("Only a person with an account can do this.")
        return self.id

    @property
    def is_guest(self) -> bool:
        """Whether a share link, not an account, brought this actor here."""
        return self.share is not None

    def role_in(self, organization_id: UUID, project_id: UUID | None) -> Role | None:
        """Return the effective role, or None where the actor sees nothing.

        Without a project: the role in the organisation itself.
        """
        membership = self.organizations.get(organization_id)
        if membership is None or (self.only_project and project_id != self.only_project):
            return None
        if membership.role is Role.ADMIN or project_id is None:
            return membership.role
        granted = self.projects.get(project_id)
        return granted[1] if granted and granted[0] == organization_id else None

    def visible_projects(self, organization_id: UUID) -> frozenset[UUID] | None:
        """Return the projects of an organisation that the actor sees; None stands for all of them."""
        membership = self.organizations.get(organization_id)
        if membership and membership.role is Role.ADMIN:
            return frozenset({self.only_project}) if self.only_project else None
        seen = {key for key, (owner, _) in self.projects.items() if owner == organization_id}
        return frozenset(seen & {self.only_project} if self.only_project else seen)

    def roles(self, organization_id: UUID) -> Mapping[UUID, Role]:
        """Return the granted project roles within one organisation."""
        return {key: role for key, (owner, role) in self.projects.items() if owner == organization_id}


SYSTEM = Actor(kind="system", id=None, name="system")
ANONYMOUS = Actor(kind="anonymous", id=None)


def permissions_of(actor: Actor, target: Target) -> frozenset[Permission]:
    """Return everything that the actor may do to the target: the only place where this is decided."""
    if actor.kind == "system":
        return frozenset(Permission)
    if actor.share is not None:
        return _guest_permissions(actor.share, target)
    role = actor.role_in(target.organization_id, target.project_id)
    allowed = ROLE_PERMISSIONS[role] if role else frozenset[Permission]()
    if role and target.project_id is None:
        allowed |= {Permission.VIEW}
    return allowed


def _guest_permissions(share: SharePass, target: Target) -> frozenset[Permission]:
    same = (share.organization_id, share.project_id) == (target.organization_id, target.project_id)
    if not (same and target.in_share):
        return frozenset()
    allowed = {Permission.VIEW}
    if share.allow_comments:
        allowed |= {Permission.COMMENT, Permission.RESOLVE_OWN, Permission.APPROVE}
    if share.allow_download:
        allowed.add(Permission.DOWNLOAD)
    return frozenset(allowed)


def may(actor: Actor, permission: Permission, target: Target) -> bool:
    """Tell whether the actor may do this to the target."""
    return permission in permissions_of(actor, target)


def require(actor: Actor, permission: Permission, target: Target) -> None:
    """Let the actor pass or end the request.

    Raises:
        NotAuthenticated: nobody is logged in.
        NotFound: the target cannot be seen, exactly as if it did not exist.
        Forbidden: it can be seen, but the role does not allow this.
    """
    if actor.kind == "anonymous":
        raise NotAuthenticated
    allowed = permissions_of(actor, target)
    if Permission.VIEW not in allowed:
        raise NotFound
    if permission not in allowed:
        raise Forbidden
