"""`bin/dam manage search …`: whether everything is found in today's form, and entering it anew."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from assets import services
from orgs import queries


class Command(BaseCommand):
    help = (
        "Tell how many assets search still finds in an older form, or enter them anew, in short transactions."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, text in (("status", "how many are behind"), ("reindex", "enter them anew")):
            one = actions.add_parser(name, help=text)
            one.add_argument("--org", metavar="SLUG|ID", help="one organisation (default: all)")
            one.add_argument("--all", action="store_true", help="every asset, not only those behind")

    def handle(self, *args: Any, **options: Any) -> None:
        everything = options["all"]
        wanted = [
            (each, services.count_to_reindex(each, everything=everything)) for each in _wanted(options["org"])
        ]
        total = sum(count for _, count in wanted)
        if options["action"] == "status":
            self.stdout.write(f"{total} assets to enter anew")
            return
        with Progress(console=Console(stderr=True), disable=not Console(stderr=True).is_terminal) as shown:
            task = shown.add_task("assets", total=total)
            done = sum(
                services.reindex(
                    each, everything=everything, on_batch=lambda count: shown.advance(task, count)
                )
                for each, count in wanted
                if count
            )
        self.stdout.write(f"{done} assets entered anew")


def _wanted(word: str | None) -> Iterable[UUID]:
    if word is None:
        return queries.all_organizations()
    found = queries.organization_named(word)
    if found is None:
        raise CommandError(f"There is no organisation {word!r}.")
    return [found]
