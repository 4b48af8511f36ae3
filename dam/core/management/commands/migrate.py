"""`manage.py migrate`, as the migrator alone: the application's role sees no rows and would change none of them."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection

from dam.core.steps import forget_steps


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        role = settings.DATABASES["default"]["USER"]
        is_look = options["check_unapplied"] or options["plan"]
        if role != settings.DATABASE_ROLES["migrator"] and not is_look:
            raise CommandError(
                f"The role {role} must not migrate: row-level security hides every row from it, so that data "
                "migrations would change nothing and say nothing. Set DAM_DATABASE_ROLE=migrator and "
                "DATABASE_MIGRATOR_URL."
            )
        answer = super().handle(*args, **options)
        if not is_look:
            forget_steps(connection)
        return answer
