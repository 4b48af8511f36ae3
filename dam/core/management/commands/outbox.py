"""`manage.py outbox`: what waits to be handed on, and what was set aside; `--retry` gives the latter another try."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from dam.core.delivery.outbox import retry_set_aside, set_aside


class Command(BaseCommand):
    help = "List messages that could not be delivered, with their reasons; exit code 1 where there are some."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--retry", action="store_true", help="hand them to the relay again")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["retry"]:
            self.stdout.write(f"{retry_set_aside()} messages go out again")
            return
        found = set_aside()
        for each in found:
            self.stdout.write(json.dumps(each, default=str))
        if found:
            raise SystemExit(1)
