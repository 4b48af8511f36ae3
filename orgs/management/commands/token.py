"""`manage.py token`: print a fresh API token of a person, and nothing else."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orgs.queries import user_by_email
from orgs.services import issue_token


class Command(BaseCommand):
    help = "Print a fresh API token."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="command line")

    def handle(self, *args: Any, **options: Any) -> None:
        user = user_by_email(options["email"])
        if user is None:
            raise CommandError(
                f"Nobody has the address {options['email']}: make the person with `bin/dam user` first."
            )
        self.stdout.write(issue_token(user=user, name=options["name"]))
