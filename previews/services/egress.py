"""Counting what the edges sent: their logs, line by line, into sums by organisation, share and day.

A log is read on from where it was left. The place and the sums are written in one transaction, so a line counts
once, however the counting ends and however many count at the same time.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from dam.core import failpoints, tenancy
from dam.core.db import new_id
from previews.edge_tokens import long_id
from previews.models import EgressLog

logger = logging.getLogger(__name__)

#: What one transaction counts at most: some twenty thousand lines.
CHUNK_BYTES = 8 * 1024**2
LONGEST_LINE_BYTES = 64 * 1024
#: Files that have not grown for so long are gone, turned away by those after them.
FORGET_AFTER = timedelta(days=60)
Day = tuple[UUID, UUID, date]

_ADD = """
    INSERT INTO previews_egress
        (id, organization_id, created_at, updated_at, day, share_id, requests, bytes, origin_bytes)
    SELECT %(id)s, o.id, now(), now(), %(day)s, %(share)s, %(requests)s, %(bytes)s, %(origin_bytes)s
    FROM orgs_organization o WHERE o.id = %(organization)s
    ON CONFLICT (organization_id, day, share_id) DO UPDATE SET
        requests = previews_egress.requests + excluded.requests,
        bytes = previews_egress.bytes + excluded.bytes,
        origin_bytes = previews_egress.origin_bytes + excluded.origin_bytes,
        updated_at = excluded.updated_at
"""


@dataclass
class Sent:
    """A sum: requests, bytes to viewers, bytes from storage."""

    requests: int = 0
    bytes: int = 0
    origin_bytes: int = 0

    def add(self, *, sent_bytes: int, origin_bytes: int) -> None:
        """Add one request."""
        self.requests += 1
        self.bytes += sent_bytes
        self.origin_bytes += origin_bytes


class EgressCounter:
    """Counts the logs of edges; keeps in mind which files it has read to their ends, and nothing else."""

    def __init__(self) -> None:
        """Begin with no file read."""
        self._finished: dict[str, int] = {}

    def count(self, path: Path) -> int:
        """Count what was written to a log, and to the older files beside it, since the last time.

        Returns how many lines were counted.
        """
        lines = 0
        for each in _files_of(path):
            try:
                with each.open("rb") as stream:
                    lines += self._count_file(stream)
            except FileNotFoundError:
                continue  # turned meanwhile; the next round meets it under its new name
        return lines

    def _count_file(self, stream: BinaryIO) -> int:
        first = stream.readline(LONGEST_LINE_BYTES)
        if not first.endswith(b"\n"):
            return 0
        # Every line carries a request's random number: a file is known again wherever it is moved or copied to.
        name = hashlib.sha256(first).hexdigest()
        lines = 0
        while self._finished.get(name) != (size := os.fstat(stream.fileno()).st_size):
            counted, is_at_end = _count_chunk(name, stream)
            lines += counted
            if is_at_end:
                self._finished[name] = size
                break
        return lines


_counter = EgressCounter()


def count_egress() -> None:
    """Count the logs of the edges of this machine (`EDGE_EGRESS_LOGS`); a scheduled task, outside any scope."""
    for each in settings.EDGE_EGRESS_LOGS:
        _counter.count(Path(each))
    EgressLog.objects.filter(counted_at__lt=timezone.now() - FORGET_AFTER).delete()


def _files_of(path: Path) -> list[Path]:
    """Return a log and the files it was turned into, the oldest first."""
    numbered = [
        (int(each.name.removeprefix(f"{path.name}.")), each)
        for each in path.parent.glob(f"{path.name}.*")
        if each.name.removeprefix(f"{path.name}.").isdecimal()
    ]
    return [each for _, each in sorted(numbered, reverse=True)] + [path]


def _count_chunk(name: str, stream: BinaryIO) -> tuple[int, bool]:
    """Count the next whole lines of a file; returns how many, and whether its end was reached.

    Locks and transaction: locks the file's row, so that whoever counts it too goes on behind what is counted here.
    """
    with transaction.atomic():
        EgressLog.objects.get_or_create(name=name, defaults={"counted_at": timezone.now()})
        place = EgressLog.objects.select_for_update().get(name=name)
        stream.seek(place.counted_bytes)
        chunk = stream.read(CHUNK_BYTES)
        whole = chunk[: chunk.rfind(b"\n") + 1]
        if whole:
            _write(sums_of(whole.splitlines()))
            failpoints.reach("egress:summed")
            place.counted_bytes += len(whole)
            place.counted_at = timezone.now()
            place.save(update_fields=["counted_bytes", "counted_at"])
    return whole.count(b"\n"), len(chunk) < CHUNK_BYTES


def _write(sums: dict[Day, Sent]) -> None:
    for (organization, share, day), sent in sorted(sums.items(), key=lambda item: item[0]):
        with tenancy.scope(organization), connection.cursor() as cursor:
            values: dict[str, Any] = {
                "id": new_id(),
                "organization": organization,
                "day": day,
                "share": share,
            }
            cursor.execute(_ADD, values | vars(sent))


def sums_of(lines: Iterable[bytes]) -> dict[Day, Sent]:
    """Return what the lines of an edge's log add up to, by organisation, share (zeros for none) and day (UTC).

    A line without an organisation belongs to a request whose signature was not good, and to nobody.
    """
    sums: dict[Day, Sent] = defaultdict(Sent)
    unreadable = 0
    for line in lines:
        try:
            found = orjson.loads(line)
            if found["org"]:
                day = datetime.fromtimestamp(found["time"], UTC).date()
                sums[long_id(found["org"]), long_id(found["share"]), day].add(
                    sent_bytes=int(found["bytes"]), origin_bytes=sum(_numbers(found["origin_bytes"]))
                )
        except (ValueError, TypeError, KeyError):
            unreadable += 1
    if unreadable:
        logger.warning("egress.unreadable", extra={"lines": unreadable})
    return dict(sums)


def _numbers(text: str) -> Iterator[int]:
    """Return the numbers of an nginx variable about several fetches: `12, 34 : 56`, `-` for none."""
    return (int(each) for each in text.replace(",", " ").replace(":", " ").split() if each.isdecimal())
