"""`manage.py mirror`: list the mirrors, or let them be built afresh."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from exchange.services import rebuild_mirrors


class Command(BaseCommand):
    help = "List mirrors as JSON lines; with --rebuild queue a build of those that are named, or of all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("mirror", nargs="*", help="ids of mirrors; none: all")
        parser.add_argument("--rebuild", action="store_true", help="build them afresh")

    def handle(self, *args: Any, **options: Any) -> None:
        for each in rebuild_mirrors(options["mirror"], builds=options["rebuild"]):
            self.stdout.write(json.dumps(each, default=str))
