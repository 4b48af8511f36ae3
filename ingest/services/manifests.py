"""Writing the chain of manifests beside a master: the object first, its row with the catalogue's."""

from __future__ import annotations

import json
from typing import Any

from dam.core import storage
from dam.core.tenancy import scope
from ingest.manifest import (
    CONTENT_TYPE,
    Bytes,
    Placing,
    digest_of,
    document,
    encode,
    manifest_key,
)
from ingest.models import Manifest
from ingest.queries import last_manifest


def write_entry(master: Bytes, placing: Placing) -> list[Manifest]:
    """Write the next entry of the chain to storage; return the rows that belong to it, not saved yet.

    An entry is created only where there is none; one that is there with the same bytes is ours from an earlier
    try. Another one comes from a job that died before its commit: the chain goes on behind it, and its row is
    returned too.

    Locks and transaction: outside any; the caller holds the claim on the digest.
    """
    with scope(placing.organization_id):
        last = last_manifest(master.sha256)
    number = last.number + 1 if last else 0
    previous = last.digest if last else None
    rows: list[Manifest] = []
    while True:
        key = manifest_key(placing.organization_id, master.sha256, number)
        raw = encode(document(master, placing, number=number, previous=previous))
        found, version_id = _create(key, raw, lock=_lock_of(master))
        rows.append(
            _row(found, key=key, version_id=version_id, sha256=master.sha256, number=number, owner=placing)
        )
        if found == raw:
            return rows
        number, previous = number + 1, digest_of(found)


def _lock_of(master: Bytes) -> storage.Lock:
    """A manifest is locked as long as its master, whatever the bucket's default is."""
    mode: Any = master.lock_mode  # text in the row, one of two words in the store
    return storage.Lock(mode, master.locked_until)


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


def _row(raw: bytes, *, key: str, version_id: str, sha256: str, number: int, owner: Placing) -> Manifest:
    entry: dict[str, Any] = json.loads(raw)
    return Manifest(
        organization_id=owner.organization_id,
        sha256=sha256,
        number=number,
        key=key,
        digest=digest_of(raw),
        storage_version=version_id,
        document=entry,
    )
