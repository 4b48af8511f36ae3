"""What the store holds of a master: locked as promised, the right length, the right bytes, its manifests beside it.

No database here, so that many can be checked beside each other. The bytes are read with the reader's keys; the
promoter, who may see locks, is asked for those.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dam.core import storage
from ingest.manifest import digest_of

CHUNK = 1024**2
_STRENGTH = {"": 0, "GOVERNANCE": 1, "COMPLIANCE": 2}

Fault = tuple[str, str]


@dataclass(frozen=True)
class StoredManifest:
    """A manifest's row."""

    key: str
    storage_version: str
    digest: str
    document: dict[str, Any]


@dataclass(frozen=True)
class StoredMaster:
    """A master's row with its manifests'; `size` in bytes."""

    row_id: str
    sha256: str
    key: str
    storage_version: str
    size: int
    lock_mode: str
    locked_until: datetime | None
    manifests: tuple[StoredManifest, ...]
    is_held: bool = False


def faults_of(master: StoredMaster) -> list[Fault]:
    """Return what is wrong with a master in the store, as (check, detail); the whole of it is read."""
    found: list[Fault] = []
    for check, ask in (
        ("master-head", _head_faults),
        ("master-bytes", _byte_faults),
        ("manifest", _manifest_faults),
    ):
        try:
            found += ask(master)
        except storage.NotFound:
            found.append((check, "the store has no such version"))
        except storage.StorageError as error:
            found.append((check, f"the store could not be asked: {error.reason or 'it did not answer'}"))
    return found


def _head_faults(master: StoredMaster) -> Iterator[Fault]:
    info = storage.head("promoter", "masters", master.key, version_id=master.storage_version)
    if info.size != master.size:
        yield "master-size", f"{info.size} bytes lie there, {master.size} were acknowledged"
    if master.is_held and not info.held:
        yield "master-hold", "it is under a legal hold, and the store keeps none"
    if master.locked_until is None:
        return
    if info.lock is None:
        yield "master-lock", "it is not locked"
    elif info.lock.until < master.locked_until:
        yield "master-lock", f"locked until {info.lock.until}, promised until {master.locked_until}"
    elif _STRENGTH[info.lock.mode] < _STRENGTH.get(master.lock_mode, 0):
        yield "master-lock", f"locked in mode {info.lock.mode}, promised {master.lock_mode}"


def _byte_faults(master: StoredMaster) -> Iterator[Fault]:
    digest = hashlib.sha256()
    with storage.get_whole("reader", "masters", master.key, version_id=master.storage_version) as reader:
        for chunk in reader.chunks(CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != master.sha256:
        yield (
            "master-bytes",
            f"the bytes have the SHA-256 {digest.hexdigest()}, acknowledged was {master.sha256}",
        )


def _manifest_faults(master: StoredMaster) -> Iterator[Fault]:
    if not master.manifests:
        yield "manifest", "no manifest was written"
    for each in master.manifests:
        version = each.storage_version or None
        raw = storage.get_bytes("promoter", "masters", each.key, version_id=version)
        if digest_of(raw) != each.digest or json.loads(raw) != each.document:
            yield "manifest", f"{each.key} is not what its row says"
        if storage.head("promoter", "masters", each.key, version_id=version).lock is None:
            yield "manifest", f"{each.key} is not locked"
        told = each.document["master"]
        if (told["sha256"], told["size"], told["version_id"]) != (
            master.sha256,
            master.size,
            master.storage_version,
        ):
            yield "manifest", f"{each.key} speaks of other bytes than the master's row"
