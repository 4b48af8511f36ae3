"""Writes of the room: people, organisations, clients, projects, grants and tokens.

Every function runs in the scope of the organisation it writes to, unless it says otherwise.
"""

from orgs.services.first_steps import ensure_first_project, ensure_person
from orgs.services.grants import Place, flatten, remove_grant, set_grant
from orgs.services.letters import LETTERS, letter_for
from orgs.services.members import change_member, grant_by_email, remove_member
from orgs.services.organizations import (
    create_organization,
    create_organization_for,
    may_create_organization,
    organization_id_by_slug,
    update_organization,
)
from orgs.services.people import accept_invitations, create_user, may_sign_up
from orgs.services.projects import (
    create_client,
    create_project,
    delete_client,
    update_client,
    update_project,
)
from orgs.services.tokens import Reach, create_token, issue_token, revoke_token

__all__ = [
    "LETTERS",
    "Place",
    "Reach",
    "accept_invitations",
    "change_member",
    "create_client",
    "create_organization",
    "create_organization_for",
    "create_project",
    "create_token",
    "create_user",
    "delete_client",
    "ensure_first_project",
    "ensure_person",
    "flatten",
    "grant_by_email",
    "issue_token",
    "letter_for",
    "may_create_organization",
    "may_sign_up",
    "organization_id_by_slug",
    "remove_grant",
    "remove_member",
    "revoke_token",
    "set_grant",
    "update_client",
    "update_organization",
    "update_project",
]
