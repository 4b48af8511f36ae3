"""`bin/dam manage duplicates`: have everything that was there before looked through for what is the same."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orgs import queries as orgs
from similarity import services


class Command(BaseCommand):
    help = "find: queue a job for each organisation that looks through all its pictures, films and bytes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["find"])
        parser.add_argument("--org", metavar="SLUG|ID", help="one organisation (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        word = options["org"]
        one = orgs.organization_named(word) if word else None
        if word and one is None:
            raise CommandError(f"There is no organisation {word}.")
        for each in [one] if one else orgs.all_organizations():
            job = services.request_backfill(each)
            self.stdout.write(f"{each}: job {job.id} is {job.state}")
