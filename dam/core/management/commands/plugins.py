"""`manage.py plugins`: which plug-ins are installed, and what stands against those that are not used."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from dam.core import plugins


class Command(BaseCommand):
    help = "List plug-ins as JSON lines; exit code 1 where one cannot be used."

    def handle(self, *args: Any, **options: Any) -> None:
        for group in plugins.GROUPS:
            for each in plugins.plugins(group):
                told = {"group": each.group, "name": each.name, "package": each.package, "usable": True}
                self.stdout.write(json.dumps(told))
        found = plugins.faults()
        for fault in found:
            self.stdout.write(json.dumps(asdict(fault) | {"usable": False}))
        if found:
            raise SystemExit(1)
