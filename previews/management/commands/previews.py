"""`bin/dam manage previews`: how previews stand, have them built anew, put them away."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from jobs.queries import load
from orgs import queries as orgs
from previews import services
from previews.services import Wanted


class Command(BaseCommand):
    help = (
        "status: previews by state, and what waits. rebuild: have them made anew, behind all other work and beside "
        "what plays. drop: put them away until somebody plays them; pictures stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["status", "rebuild", "drop"])
        parser.add_argument("--org", metavar="SLUG|ID", help="one organisation (default: all)")
        parser.add_argument("--project", metavar="ID", type=UUID, help="one project; needs --org")
        parser.add_argument(
            "--older-than-recipe", action="store_true", help="those that an older recipe made"
        )
        parser.add_argument("--failed", action="store_true", help="those that could not be built")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["project"] and not options["org"]:
            raise CommandError("--project needs --org: say whose project it is.")
        wanted = [
            Wanted(each, options["project"], options["older_than_recipe"], options["failed"])
            for each in _organizations(options["org"])
        ]
        {"status": self._status, "rebuild": self._rebuild, "drop": self._drop}[options["action"]](wanted)

    def _status(self, wanted: list[Wanted]) -> None:
        found: Counter[str] = sum((services.counted(each) for each in wanted), Counter())
        for state, number in sorted(found.items()):
            self.stdout.write(f"{state:>14}  {number}")
        for reading in load():
            if reading.labels["queue"] == "encode" and reading.name == "dam_jobs":
                self.stdout.write(f"{reading.labels['state']:>14}  {reading.value:.0f} jobs")

    def _rebuild(self, wanted: list[Wanted]) -> None:
        began = sum(services.rebuild_all(each, on_step=self._step) for each in wanted)
        self.stdout.write(f"{began} builds began.")

    def _drop(self, wanted: list[Wanted]) -> None:
        dropped = sum(services.drop_all(each, on_step=self._step) for each in wanted)
        self.stdout.write(f"{dropped} previews were put away.")

    def _step(self, done: int, changed: int) -> None:
        self.stderr.write(f"looked at {done}, {changed} changed")


def _organizations(word: str | None) -> Iterable[UUID]:
    if word is None:
        return orgs.all_organizations()
    found = orgs.organization_named(word)
    if found is None:
        raise CommandError(f"There is no organisation {word}.")
    return [found]
