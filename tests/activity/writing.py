"""`python -m tests.activity.writing`: a process that writes events into stores of its own, and at last tells the truth.

It prints one line about whom and what it made, writes after `go` until `stop`, and then prints what it knows to be
committed and what the feeds have in the end.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "dam.settings"
django.setup()

from django.db import DatabaseError, connection, transaction  # noqa: E402  Django must know its settings first

from activity.models import Numbered, ShareEvent  # noqa: E402  as above
from activity.services import record  # noqa: E402  as above
from dam.core import tenancy  # noqa: E402  as above
from dam.core.access import SYSTEM  # noqa: E402  as above
from dam.core.db import new_id  # noqa: E402  as above
from dam.core.models import Outbox  # noqa: E402  as above
from orgs.services import create_project  # noqa: E402  as above
from shares.services import Terms, create_share  # noqa: E402  as above
from tests.cast import Cast, build_cast  # noqa: E402  as above
from tests.shares.gallery import make_asset  # noqa: E402  as above

WRITERS = 3
SETTLE_S = 60


class Writing:
    def __init__(self) -> None:
        self.cast: Cast = build_cast()
        self.asset, self.version = make_asset(self.cast)
        with tenancy.scope(self.cast.org_id):
            self.elsewhere = create_project(actor=SYSTEM, name="Elsewhere in A")
            self.share, self.token = create_share(
                actor=self.cast.owner.actor,
                project=self.cast.project,
                asset_ids=[self.asset.id],
                terms=Terms(),
            )
        self.stop = threading.Event()
        self.committed: list[str] = []

    def introduce(self) -> dict[str, Any]:
        return {
            "project": str(self.cast.project.id),
            "authorization": self.cast.viewer.headers["Authorization"],
            "share": self.token,
        }

    def work(self, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311  not a secret
        while not self.stop.is_set():
            mark = str(new_id())
            try:
                self.write(mark, chance)
            except DatabaseError:
                # Committed or not: only the table knows.
                connection.close()
                time.sleep(0.2)
            time.sleep(chance.uniform(0, 0.03))
        connection.close()

    def write(self, mark: str, chance: random.Random) -> None:
        place = chance.choice([self.cast.project, self.cast.project, self.elsewhere])
        is_kept = chance.random() > 0.1
        with tenancy.scope(self.cast.org_id):
            record(
                SYSTEM,
                verb="comment.created",
                project_id=place.id,
                asset_id=self.asset.id if place is self.cast.project else None,
                version_id=self.version.id if place is self.cast.project else None,
                target_kind="comment",
                target_id=new_id(),
                event="comment.created",
                data={"id": mark, "body": "x", "internal": False},
            )
            # Who begins first does not always commit first.
            time.sleep(chance.choice([0, 0, 0, 0.02, 0.06]))
            if not is_kept:
                transaction.set_rollback(True)
        if is_kept and place is self.cast.project:
            self.committed.append(mark)

    def truth(self) -> dict[str, Any]:
        # The one that this thread has held since the beginning may have died with its server.
        connection.close()
        give_up = time.monotonic() + SETTLE_S
        while time.monotonic() < give_up:
            with tenancy.scope(self.cast.org_id):
                if not Outbox.objects.exists():
                    break
            time.sleep(0.1)
        with tenancy.scope(self.cast.org_id):
            told = Numbered.objects.filter(project_id=self.cast.project.id).order_by("number")
            guests = ShareEvent.objects.filter(share_id=self.share.id).order_by("number")
            return {
                "committed": self.committed,
                "members": [list(each) for each in told.values_list("number", "event__data__id")],
                "guests": [list(each) for each in guests.values_list("number", "data__id")],
            }


def main() -> None:
    writing = Writing()
    print(json.dumps(writing.introduce()), flush=True)  # noqa: T201  how the test hears of it
    sys.stdin.readline()
    threads = [threading.Thread(target=writing.work, args=(seed,)) for seed in range(WRITERS)]
    for each in threads:
        each.start()
    sys.stdin.readline()
    writing.stop.set()
    for each in threads:
        each.join()
    print(json.dumps(writing.truth()), flush=True)  # noqa: T201  as above


if __name__ == "__main__":
    main()
