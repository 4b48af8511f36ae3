"""`manage.py token`: print a fresh API token of a person, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from dam.core.access import SYSTEM, Permission
from dam.core.errors import DomainError
from dam.core.web.parsing import as_uuid
from orgs.queries import actor_of_user, project_anywhere, user_by_email
from orgs.services import Reach, create_token

if TYPE_CHECKING:
    from orgs.models import Project


def _project(user_id: UUID, given: str) -> Project:
    project_id = as_uuid(given)
    if project_id is not None:
        with suppress(DomainError):
            return project_anywhere(actor_of_user(user_id), project_id, Permission.VIEW)
    raise CommandError(f"This person sees no project {given}.")


class Command(BaseCommand):
    help = "Print a fresh API token."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="command line")
        parser.add_argument("--read-only", action="store_true", help="the token changes nothing")
        parser.add_argument("--project", metavar="ID", help="the token reaches this project alone")
        parser.add_argument(
            "--expires", metavar="DAYS", type=float, help="the token is dead after so many days"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = user_by_email(options["email"])
        if user is None:
            raise CommandError(
                f"Nobody has the address {options['email']}: make the person with `bin/dam user` first."
            )
        project = _project(user.id, options["project"]) if options.get("project") else None
        days = options.get("expires")
        reach = Reach(
            can_write=not options.get("read_only"),
            project=project,
            expires_at=timezone.now() + timedelta(days=days) if days is not None else None,
        )
        _, token = create_token(actor=SYSTEM, user_id=user.id, name=options["name"], reach=reach)
        self.stdout.write(token)
