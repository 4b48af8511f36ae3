"""`bin/dam manage takedown SHA`: nobody sees the previews of these bytes again, whoever holds them."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from previews import services


class Command(BaseCommand):
    help = (
        "Take the previews of a digest down in every organisation: the edges refuse its addresses within seconds and "
        "throw away what they have, its files are deleted, and none are made again. Masters stay. May be repeated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sha256", metavar="SHA", help="digest of the master, 64 hexadecimal characters")
        parser.add_argument("--reason", default="", help="for the record")
        parser.add_argument("--lift", action="store_true", help="let the previews be made and seen again")

    def handle(self, *args: Any, **options: Any) -> None:
        digest = options["sha256"].lower()
        if re.fullmatch(r"[0-9a-f]{64}", digest) is None:
            raise CommandError("A digest is 64 hexadecimal characters.")
        if options["lift"]:
            if not services.restore(digest):
                raise CommandError("This digest is not taken down.")
            self.stdout.write("Lifted: ask for the previews anew, with force.")
            return
        done = services.take_down(digest, reason=options["reason"])
        self.stdout.write(
            f"Taken down in {done.organizations} organisations: {done.objects} files deleted. "
            "The edges follow within seconds."
        )
        if done.builds:
            self.stdout.write(f"{done.builds} builds were ended meanwhile: run this once more in a minute.")
