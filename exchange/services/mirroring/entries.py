"""What is written down of a mirror's files, a batch at a time: in scope, in the batch's transaction."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from django.db import connection
from django.db.models import TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from dam.core.tenancy import current_organization
from exchange.models import MirrorEntry


def write(fresh: Sequence[MirrorEntry], kept: Sequence[MirrorEntry]) -> None:
    """Write down what is to be done, before anything is."""
    MirrorEntry.objects.bulk_create(fresh)
    for is_gone in (False, True):
        ids = [each.id for each in kept if each.is_gone is is_gone]
        MirrorEntry.objects.filter(id__in=ids).update(stamp="", is_gone=is_gone, updated_at=timezone.now())


_MOVE = """
    UPDATE exchange_mirrorentry entry SET wanted = now.wanted, number = now.number, path = now.path,
        folded = now.folded, old_path = now.old_path, sha256 = now.sha256
    FROM jsonb_to_recordset(%(entries)s::jsonb) AS now (id uuid, wanted text, number integer, path text, folded text,
        old_path text, sha256 text)
    WHERE entry.organization_id = %(organization)s AND entry.id = now.id
"""


def move(moved: Sequence[MirrorEntry]) -> None:
    """Write down where entries lie from now on; first all leave their places, of which another may take one."""
    if not moved:
        return
    # No place is called so: a name holds no colon.
    left = Concat(Value(":"), Cast("id", TextField()))
    MirrorEntry.objects.filter(id__in=[each.id for each in moved]).update(folded=left)
    told = ("id", "wanted", "number", "path", "folded", "old_path", "sha256")
    rows = [{name: getattr(each, name) for name in told} for each in moved]
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE, {"entries": orjson.dumps(rows).decode(), "organization": current_organization()}
        )


_SETTLE = """
    UPDATE exchange_mirrorentry entry SET stamp = done.stamp, sha256 = done.sha256, old_path = '', updated_at = %(now)s
    FROM unnest(%(ids)s::uuid[], %(paths)s::text[], %(stamps)s::text[], %(digests)s::text[])
        AS done (id, path, stamp, sha256)
    WHERE entry.organization_id = %(organization)s AND entry.id = done.id AND entry.path = done.path
"""


def settle(entries: Sequence[MirrorEntry]) -> None:
    """Write down that files are as their entries say, unless an entry has moved on meanwhile."""
    gone = {each.id: each.path for each in entries if each.is_gone}
    still = MirrorEntry.objects.filter(id__in=list(gone)).values_list("id", "path")
    MirrorEntry.objects.filter(id__in=[key for key, path in still if gone[key] == path]).delete()
    there = [each for each in entries if not each.is_gone]
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "ids": [each.id for each in there],
                "paths": [each.path for each in there],
                "stamps": [each.stamp for each in there],
                "digests": [each.sha256 for each in there],
                "now": timezone.now(),
                "organization": current_organization(),
            },
        )
