"""Writing the chain of manifests beside a master: the object first, its row with the catalogue's."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from dam.core import storage
from dam.core.tenancy import scope
from ingest.manifest import (
    CONTENT_TYPE,
    Bytes,
    Parting,
    Placing,
    digest_of,
    document,
    encode,
    manifest_key,
    parting_document,
)
from ingest.models import Manifest
from ingest.queries import last_manifest

#: A store takes no lock that has ended; without one the bucket's default would keep the entry, and so the bytes.
LEAST_LOCK_S = 60


def write_entry(master: Bytes, placing: Placing) -> list[Manifest]:
    """Write the next entry of the chain to storage; return the rows that belong to it, not saved yet.

    An entry is created only where there is none; one that is there with the same bytes is ours from an earlier
    try. Another one comes from a job that died before its commit: the chain goes on behind it, and its row is
    returned too.

    Locks and transaction: outside any; the caller holds the claim on the digest.
    """
    return _append(
        master,
        placing.organization_id,
        lambda number, previous: document(master, placing, number=number, previous=previous),
        until=master.locked_until,
    )


def write_parting(master: Bytes, parting: Parting) -> list[Manifest]:
    """Write the entry that says what has left the bytes; returns rows as `write_entry` does.

    Where the master's lock has ended the entry's ends with the next minute: it must not keep the bytes.

    Locks and transaction: as `write_entry`.
    """
    return _append(
        master,
        parting.organization_id,
        lambda number, previous: parting_document(master, parting, number=number, previous=previous),
        until=max(master.locked_until, timezone.now() + timedelta(seconds=LEAST_LOCK_S)),
    )


def _append(
    master: Bytes,
    organization_id: UUID,
    entry: Callable[[int, str | None], dict[str, Any]],
    *,
    until: datetime,
) -> list[Manifest]:
    """A manifest is locked as long as its master, whatever the bucket's default is."""
    mode: Any = master.lock_mode  # text in the row, one of two words in the store
    with scope(organization_id):
        last = last_manifest(master.sha256)
    number = last.number + 1 if last else 0
    previous = last.digest if last else None
    rows: list[Manifest] = []
    while True:
        key = manifest_key(organization_id, master.sha256, number)
        raw = encode(entry(number, previous))
        found, version_id = _create(key, raw, lock=storage.Lock(mode, until))
        rows.append(
            Manifest(
                organization_id=organization_id,
                sha256=master.sha256,
                number=number,
                key=key,
                digest=digest_of(found),
                storage_version=version_id,
                document=json.loads(found),
            )
        )
        if found == raw:
            return rows
        number, previous = number + 1, digest_of(found)


def _create(key: str, raw: bytes, *, lock: storage.Lock) -> tuple[bytes, str]:
    """Return what lies under the key afterwards, and its VersionId.

    It is looked for first: the claim keeps others away, and some stores write over what is there, condition or not.
    """
    try:
        return _found(key)
    except storage.NotFound:
        pass
    try:
        stored = storage.put_bytes(
            "promoter", "masters", key, raw, content_type=CONTENT_TYPE, only_if_absent=True, lock=lock
        )
    except storage.Refused as refused:
        if refused.reason != "PreconditionFailed":
            raise
        return _found(key)
    return raw, stored.version_id


def _found(key: str) -> tuple[bytes, str]:
    with storage.get_stream("promoter", "masters", key) as reader:
        return b"".join(reader.chunks()), reader.version_id
