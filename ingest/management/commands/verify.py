"""`bin/dam manage verify`: is every acknowledged master where it must be, and do the rows agree?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ingest import services
from orgs import queries


class Command(BaseCommand):
    help = (
        "Read every acknowledged master back and compare it with its row, its lock and its manifests; look for "
        "rows that contradict each other and for bytes that belong to nothing. Writes nothing. Exit code 1 when "
        "something was found."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--org", metavar="SLUG|ID", help="one organisation (default: all)")
        parser.add_argument(
            "--sample", type=_count, metavar="N", help="read N masters of each organisation, chosen at random"
        )
        parser.add_argument(
            "--grace",
            type=_count,
            default=600,
            metavar="S",
            help="seconds that work in progress may be old (600)",
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> str | None:
        with _Shown() as shown:
            report = services.verify(
                organization_ids=_wanted(options["org"]),
                sample=options["sample"],
                grace_s=options["grace"],
                on_step=shown.step,
            )
        if options["json"]:
            findings = [asdict(each) for each in report.findings]
            document = {"ok": report.is_ok, "checked": dict(report.checked), "findings": findings}
            self.stdout.write(json.dumps(document, indent=2))
        else:
            self._tell(report)
        if not report.is_ok:
            raise SystemExit(1)
        return None

    def _tell(self, report: services.Report) -> None:
        for each in report.findings:
            self.stdout.write(f"{each.check}: organisation {each.organization}, {each.id}: {each.detail}")
        counts = ", ".join(f"{count} {noun}" for noun, count in report.checked.items())
        verdict = "nothing found" if report.is_ok else f"{len(report.findings)} found"
        self.stdout.write(f"Checked {counts or 'nothing'}: {verdict}.")


class _Shown:
    """A progress bar on standard error, where somebody watches."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("masters"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._progress.disable = not self._progress.console.is_terminal
        self._task = self._progress.add_task("masters", total=0)
        self._total = 0

    def __enter__(self) -> _Shown:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def step(self, noun: str, count: int) -> None:
        if noun == "masters to read":
            self._total += count
            self._progress.update(self._task, total=self._total)
        elif noun == "masters":
            self._progress.advance(self._task, count)


def _wanted(word: str | None) -> Iterable[UUID]:
    if word is None:
        return queries.all_organizations()
    found = queries.organization_named(word)
    if found is None:
        raise CommandError(f"There is no organisation {word}.")
    return [found]


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError(text)
    return value
