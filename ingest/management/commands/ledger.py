"""`bin/dam manage ledger`: write today's lines of the ledger now."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingest import services
from orgs import queries


class Command(BaseCommand):
    help = (
        "Write today's lines of the ledger of storage (UTC) as everything is now, over those that are there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--org", metavar="SLUG|ID", help="one organisation (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        today = datetime.now(UTC).date()
        wanted = list(queries.all_organizations())
        if options["org"]:
            found = queries.organization_named(options["org"])
            if found is None:
                raise CommandError(f"There is no organisation {options['org']}.")
            wanted = [found]
        written = sum(services.write_lines(each, day=today, again=True) for each in wanted)
        self.stdout.write(f"{written} lines written for {today}")
