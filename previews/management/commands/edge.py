"""`bin/dam manage edge …`: signing keys, organisations that are stopped, and counting a log by hand."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from previews import queries, services
from previews.services import edge_keys

EDGE_TIMEOUT_S = 30.0


class Command(BaseCommand):
    help = "Exchange the key that signs addresses, stop an organisation at the edges, count a log of an edge."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("keys", help="which keys there are; the first signs")
        one = actions.add_parser("rotate-key", help="sign with a new key from now on")
        one.add_argument(
            "--unseen", action="store_true", help="go on although no edge says that it knows the new key"
        )
        one = actions.add_parser("retire-keys", help="forget the keys that sign no more")
        one.add_argument("--now", action="store_true", help="also while addresses of theirs are in use")
        for name, text in (("stop", "refuse every address of an organisation"), ("resume", "serve it again")):
            one = actions.add_parser(name, help=text)
            one.add_argument("org", metavar="SLUG|ID")
            one.add_argument("--reason", default="", help="for the record")
        actions.add_parser("revocations", help="what operators have ended, and not lifted")
        one = actions.add_parser("count-egress", help="add a log of an edge elsewhere to the sums, once")
        one.add_argument("log", type=Path, metavar="EGRESS.LOG")

    def handle(self, *args: Any, **options: Any) -> None:
        action = getattr(self, f"_{options['action'].replace('-', '_')}")
        try:
            action(options)
        except (edge_keys.NoKeyFile, edge_keys.TooEarly, ValueError, OSError) as error:
            raise CommandError(str(error)) from error

    def _keys(self, options: dict[str, Any]) -> None:
        signing, *others = edge_keys.keys()
        self.stdout.write(f"{signing.kid} signs")
        for each in others:
            self.stdout.write(f"{each.kid} is still taken by the edges")

    def _rotate_key(self, options: dict[str, Any]) -> None:
        fresh = edge_keys.announce()
        self.stdout.write(f"{fresh.kid} is made; waiting for the edge to know it …")
        if not edge_keys.wait_for_edge(fresh.kid, timeout_s=EDGE_TIMEOUT_S) and not options["unseen"]:
            raise CommandError(
                f"No edge says that it knows {fresh.kid}; nothing signs with it. Bring the file to the edges, reload "
                f"them, and run this again with --unseen, or `retire-keys --now` to undo."
            )
        edge_keys.promote(fresh.kid)
        self.stdout.write(
            f"{fresh.kid} signs from now on. `manage edge retire-keys` forgets the old one later."
        )

    def _retire_keys(self, options: dict[str, Any]) -> None:
        gone = edge_keys.retire(now_s=time.time(), is_hasty=options["now"])
        self.stdout.write(f"Forgotten: {', '.join(gone) or 'nothing, one key is all there is'}.")

    def _stop(self, options: dict[str, Any]) -> None:
        services.stop_organization(_organization(options["org"]), reason=options["reason"])
        self.stdout.write(
            "Stopped: the edges refuse its addresses within seconds, until `manage edge resume`."
        )

    def _resume(self, options: dict[str, Any]) -> None:
        if not services.resume_organization(_organization(options["org"])):
            raise CommandError("This organisation is not stopped.")
        self.stdout.write("The edges serve it again within seconds.")

    def _revocations(self, options: dict[str, Any]) -> None:
        for entry in queries.revocations():
            self.stdout.write(entry)

    def _count_egress(self, options: dict[str, Any]) -> None:
        if not options["log"].is_file():
            raise CommandError(f"There is no file {options['log']}.")
        lines = services.EgressCounter().count(options["log"])
        self.stdout.write(f"{lines} lines counted.")


def _organization(word: str) -> UUID:
    found = services.organization_named(word)
    if found is None:
        raise CommandError(f"There is no organisation {word}.")
    return found
