"""`bin/dam manage conformance`: make the clips of the conformance page now, instead of when somebody opens it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from previews import services


class Command(BaseCommand):
    help = "Make the clips of /conformance/ anew, with this installation's engine."

    def handle(self, *args: Any, **options: Any) -> None:
        made = services.build_conformance()
        for clip in made["clips"]:
            self.stdout.write(f"{clip['name']}: {clip['frame_count']} frames at {clip['rate']}")
