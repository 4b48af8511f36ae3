"""Reads of the room: the actor behind a request, and the places an actor may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from dam.core import tenancy
from dam.core.access import ANONYMOUS, Actor, Membership, Permission, Role, Target, may, require
from dam.core.errors import Forbidden, NotFound, unseen
from orgs.models import ApiToken, Client, Grant, Guest, Invitation, Organization, Project, User

#: How long an invitation waits for its person.
INVITED_FOR = timedelta(days=14)


def actor_of_user(user_id: UUID) -> Actor:
    """Return the actor of a logged-in person: person, memberships and project roles in one call."""
    return _actor(tenancy.caller(user_id=user_id))


def actor_of_token(token_hash: bytes) -> Actor:
    """Return the actor behind an API token; anonymous when it is unknown, expired or revoked."""
    return _actor(tenancy.caller(token_hash=token_hash))


@lru_cache(maxsize=256)
def _actor(found: str | None) -> Actor:
    """Return the actor that a context describes: the same for the same text, and asked for again and again."""
    if found is None:
        return ANONYMOUS
    context: dict[str, Any] = orjson.loads(found)
    token = context["token"] or {}
    only_project = UUID(token["project_id"]) if token.get("project_id") else None
    return Actor(
        kind="user",
        id=UUID(context["id"]),
        name=context["name"] or context["email"].split("@")[0],
        email=context["email"],
        verified=context["verified"],
        organizations={
            UUID(each["id"]): Membership(UUID(each["id"]), each["name"], each["slug"], Role(each["role"]))
            for each in context["organizations"]
        },
        projects={
            UUID(each["id"]): (UUID(each["organization_id"]), Role(each["role"]))
            for each in context["projects"]
        },
        scopes=frozenset({"read", "write"} if token.get("can_write", True) else {"read"}),
        only_project=only_project,
        token_id=UUID(token["id"]) if token else None,
    )


def organizations_of(actor: Actor) -> QuerySet[Organization]:
    """Return the organisations that the actor sees as a whole; read inside `tenancy.membership`.

    A token of one project sees that project, and no organisation.
    """
    if actor.only_project:
        return Organization.objects.none()
    return Organization.objects.filter(id__in=list(actor.organizations))


def organization_for(
    actor: Actor, organization_id: UUID, permission: Permission, *, lock: bool = False
) -> Organization:
    """Load an organisation.

    Raises:
        NotFound: the actor does not belong to it.
        Forbidden: the actor's role there does not allow `permission`.
    """
    rows = Organization.objects.select_for_update() if lock else Organization.objects.all()
    found = rows.filter(id=organization_id).first()
    if found is None or organization_id not in actor.organizations:
        raise NotFound
    require(actor, permission, Target(organization_id))
    return found


def days_in_trash(organization: Organization) -> int:
    """Return after how many days an asset of the organisation leaves the trash for good."""
    days: int = settings.TRASH_DAYS if organization.trash_days is None else organization.trash_days
    return days


def require_in_organization(actor: Actor, organization_id: UUID, permission: Permission) -> None:
    """Let pass who may do this in an organisation that the actor belongs to.

    Raises:
        Forbidden: the actor's role there does not allow `permission`, or the token reaches one project alone.
    """
    if not may(actor, permission, Target(organization_id)):
        raise Forbidden


def visible_projects(actor: Actor, organization_id: UUID) -> QuerySet[Project]:
    """Return the projects of the organisation in scope that the actor sees, without an order."""
    seen = actor.visible_projects(organization_id)
    projects = Project.objects.all()
    return projects if seen is None else projects.filter(id__in=seen)


def project_for(actor: Actor, project_id: UUID, permission: Permission, *, lock: bool = False) -> Project:
    """Load a project of the organisation in scope.

    Raises:
        NotFound: there is none, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    rows = Project.objects.select_for_update() if lock else Project.objects.all()
    found = rows.filter(id=project_id).first()
    if found is None:
        raise NotFound
    require(actor, permission, Target(found.organization_id, found.id))
    return found


def project_in_body(
    actor: Actor, project_id: UUID, permission: Permission, *, field: str = "project"
) -> Project:
    """Load a project that a body names: unseen ones are a field error, not a missing page.

    Raises:
        Invalid: there is none, or the actor does not see it.
        Forbidden: the actor's role does not allow `permission`.
    """
    try:
        return project_for(actor, project_id, permission)
    except NotFound:
        raise unseen(field) from None


def project_anywhere(actor: Actor, project_id: UUID, permission: Permission) -> Project:
    """Load a project that a body names, of whichever organisation; opens that organisation's scope itself.

    Raises:
        Invalid: there is none, or the actor does not see it (`project`).
        Forbidden: the actor's role does not allow `permission`.
    """
    owner = tenancy.organization_of("project", project_id)
    if owner is None or owner not in actor.organizations:
        raise unseen("project")
    with tenancy.scope(owner):
        return project_in_body(actor, project_id, permission)


def visible_clients(actor: Actor, organization_id: UUID) -> QuerySet[Client]:
    """Return the clients that the actor sees: all for an admin, else those of visible projects or own grants.

    A token of one project sees that project's client alone.
    """
    membership = actor.organizations.get(organization_id)
    projects = visible_projects(actor, organization_id)
    if actor.only_project:
        return Client.objects.filter(id__in=projects.values("client_id"))
    if membership and membership.role is Role.ADMIN:
        return Client.objects.all()
    granted = Grant.objects.filter(user_id=actor.user_id, client__isnull=False)
    return Client.objects.filter(
        Q(id__in=projects.values("client_id")) | Q(id__in=granted.values("client_id"))
    )


def client_for(actor: Actor, client_id: UUID, permission: Permission, *, lock: bool = False) -> Client:
    """Load a client; what is not VIEW needs the organisation's admin, or an admin grant on the client itself.

    Raises:
        NotFound: there is none, or the actor does not see it.
        Forbidden: the actor may not do this.
    """
    rows = Client.objects.select_for_update() if lock else Client.objects.all()
    found = rows.filter(id=client_id).first()
    if found is None or not visible_clients(actor, found.organization_id).filter(id=client_id).exists():
        raise NotFound
    if permission is not Permission.VIEW and not administers_client(actor, found):
        require_in_organization(actor, found.organization_id, permission)
    return found


def administers_client(actor: Actor, client: Client) -> bool:
    """Tell whether an admin grant on the client itself reaches the actor, with a token that may write."""
    own = Grant.objects.filter(user_id=actor.user_id, client=client, role=Role.ADMIN)
    return "write" in actor.scopes and actor.only_project is None and own.exists()


def grants_at(*, client: Client | None = None, project: Project | None = None) -> QuerySet[Grant]:
    """Return the grants made at one place: a project, a client, or the organisation itself."""
    return Grant.objects.filter(client=client, project=project).select_related("user")


def invitations_at(*, client: Client | None = None, project: Project | None = None) -> QuerySet[Invitation]:
    """Return the invitations that wait at one place."""
    return Invitation.objects.filter(client=client, project=project)


def invitation_ends_at(row: Invitation) -> datetime:
    """Return when an invitation runs out, counted from when it was last given or changed."""
    return row.updated_at + INVITED_FOR


def valid_invitations() -> QuerySet[Invitation]:
    """Return the invitations of the organisation in scope that have not run out."""
    return Invitation.objects.filter(updated_at__gt=timezone.now() - INVITED_FOR)


def manages_members(
    actor: Actor, organization_id: UUID, *, client: Client | None = None, project: Project | None = None
) -> bool:
    """Tell whether the actor may say who belongs to one place: a project, a client, or the organisation itself."""
    if may(actor, Permission.MANAGE_MEMBERS, Target(organization_id, project.id if project else None)):
        return True
    return client is not None and administers_client(actor, client)


def member_at(
    identity: UUID, *, client: Client | None = None, project: Project | None = None
) -> Grant | Invitation | None:
    """Return the grant or invitation of that id, if it was made at this place."""
    grant = grants_at(client=client, project=project).filter(id=identity).first()
    return grant or invitations_at(client=client, project=project).filter(id=identity).first()


def user_by_email(email: str) -> User | None:
    """Return the person with that address, or None."""
    return User.objects.filter(email__iexact=email).first()


def person_with_address(email: str) -> User | None:
    """Return the person who has proven that the address is theirs, or None."""
    return User.objects.filter(emailaddress__email__iexact=email, emailaddress__verified=True).first()


def people(user_ids: set[UUID]) -> dict[UUID, User]:
    """Return people by id, for naming authors in one query."""
    return {each.id: each for each in User.objects.filter(id__in=user_ids)}


def visible_people(actor: Actor, organization_id: UUID) -> QuerySet[Grant]:
    """Return the grants whose people the actor may know of, each with its person's name as `called`, without an order.

    Those of the organisation in scope that hold for all of it, or at a project or client that the actor sees; a token
    of one project knows that project's alone. Who has given no name is called by the part of the address before the @.
    """
    projects = visible_projects(actor, organization_id)
    known = Q(project__in=projects.values("id"))
    if not actor.only_project:
        clients = visible_clients(actor, organization_id)
        known |= Q(project=None, client=None) | Q(client__in=clients.values("id"))
    nobody, address = Value("", output_field=TextField()), F("user__email")
    called = Func(address, Value("@"), Value(1), function="split_part", output_field=TextField())
    return Grant.objects.filter(known).annotate(called=Coalesce(NullIf("user__name", nobody), called))


def members_among(user_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of the people who belong to the organisation in scope."""
    return set(Grant.objects.filter(user_id__in=set(user_ids)).values_list("user_id", flat=True))


def guests(guest_ids: set[UUID]) -> dict[UUID, Guest]:
    """Return guests of the organisation in scope by id."""
    return {each.id: each for each in Guest.objects.filter(id__in=guest_ids)}


def tokens_of(actor: Actor) -> QuerySet[ApiToken]:
    """Return the API tokens that the actor may see, revoked ones left out: one's own, or a token of itself alone."""
    own = ApiToken.objects.filter(user_id=actor.user_id, revoked_at=None)
    return own.filter(id=actor.token_id) if actor.token_id else own


def token_for(actor: Actor, token_id: UUID) -> ApiToken:
    """Load one of the actor's tokens.

    Raises:
        NotFound: there is none, it is another person's, or it is revoked.
    """
    found = tokens_of(actor).filter(id=token_id).first()
    if found is None:
        raise NotFound
    return found


# --- over all organisations: for operators and for upkeep ------------------------------------------


def all_organizations() -> Iterator[UUID]:
    """Yield the id of every organisation, a page at a time, through the door that names them."""
    after: UUID | None = None
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM organizations_after(%s, %s)", [after, 500])
            page = [row[0] for row in cursor.fetchall()]
        yield from page
        if not page:
            return
        after = page[-1]


def organization_named(word: str) -> UUID | None:
    """Return the organisation of a slug or id, or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_by_slug(%s)", [word])
        found = cursor.fetchone()[0]
    if found is not None:
        return UUID(str(found))
    try:
        wanted = UUID(word)
    except ValueError:
        return None
    return wanted if wanted in set(all_organizations()) else None
