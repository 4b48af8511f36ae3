"""`manage.py user`: make a person with a verified address, and the organisation where it does not exist yet."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orgs.services import ensure_person


class Command(BaseCommand):
    help = "Make a person; prints JSON. An address that exists keeps its password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="")
        parser.add_argument("--org", dest="slug", default=None)
        parser.add_argument("--role", choices=["admin", "member"], default="member")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = ensure_person(
                email=options["email"], name=options["name"], slug=options["slug"], role=options["role"]
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(json.dumps(made, default=str))
