"""`manage.py migrate`, as the migrator alone: the application's role sees no rows and would change none of them."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        role = settings.DATABASES["default"]["USER"]
        if role != settings.DATABASE_ROLES["migrator"] and not (
            options["check_unapplied"] or options["plan"]
        ):
            raise CommandError(
                f"The role {role} must not migrate: row-level security hides every row from it, so that data "
                "migrations would change nothing and say nothing. Set DAM_DATABASE_ROLE=migrator and "
                "DATABASE_MIGRATOR_URL."
            )
        return super().handle(*args, **options)
