"""The manifest beside a master: what the bytes are and whose, so that the catalogue can be rebuilt from storage.

Schema: docs/ingest.md. Entries of one digest form a chain: each names the SHA-256 of the one before.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

SCHEMA = 1
#: Of entries that name no version of their own; readers of schema 1 must not take them for one.
PARTING_SCHEMA = 2
CONTENT_TYPE = "application/json"


def master_key(organization_id: UUID, sha256: str) -> str:
    """Return the key of a master in the masters bucket."""
    return f"{organization_id}/{sha256}/master"


def manifest_key(organization_id: UUID, sha256: str, number: int) -> str:
    """Return the key of entry `number`, counted from 0, of a digest's chain."""
    return f"{organization_id}/{sha256}/manifest/{number:06d}.json"


def owner_of_key(key: str) -> UUID | None:
    """Return the organisation that a key in staging or masters begins with; None for what is not ours."""
    try:
        return UUID(key.partition("/")[0])
    except ValueError:
        return None


def digest_of_key(key: str) -> str | None:
    """Return the digest of a master's key; None for other keys."""
    parts = key.split("/")
    return parts[1] if len(parts) == 3 and parts[2] == "master" else None


@dataclass(frozen=True)
class Bytes:
    """The locked object: `version_id` is the store's VersionId, `size` in bytes."""

    sha256: str
    size: int
    key: str
    version_id: str
    lock_mode: str
    locked_until: datetime


@dataclass(frozen=True)
class Placing:
    """Where the bytes went in the catalogue, who sent them there and when, and which job did it.

    `sidecar_id` is set where they stand beside the version and are not its own.
    """

    organization_id: UUID
    project_id: UUID
    asset_id: UUID
    version_id: UUID
    job_id: UUID
    actor_id: UUID | None
    name: str
    title: str | None
    folder: str
    content_type: str
    kind: str
    tags: tuple[str, ...]
    uploaded_at: datetime
    promoted_at: datetime
    sidecar_id: UUID | None = None


@dataclass(frozen=True)
class Parting:
    """Which versions and sidecars have left bytes that stay: what named them in the chain counts no more.

    `at` is when the job was asked for that tells it, so that a repeated job writes the same entry.
    """

    organization_id: UUID
    job_id: UUID
    at: datetime
    versions: tuple[UUID, ...]
    sidecars: tuple[UUID, ...]


def parting_document(master: Bytes, parting: Parting, *, number: int, previous: str | None) -> dict[str, Any]:
    """Return an entry that says what of the earlier ones is gone; `previous` as in `document`."""
    return {
        "schema": PARTING_SCHEMA,
        "number": number,
        "previous": previous,
        "master": _master(master),
        "organization": str(parting.organization_id),
        "job": str(parting.job_id),
        "purged_at": _time(parting.at),
        "gone": {
            "versions": [str(each) for each in parting.versions],
            "sidecars": [str(each) for each in parting.sidecars],
        },
    }


def document(master: Bytes, placing: Placing, *, number: int, previous: str | None) -> dict[str, Any]:
    """Return one entry; `previous` is the SHA-256 of the entry before, None for the first."""
    beside = {"sidecar": str(placing.sidecar_id)} if placing.sidecar_id else {}
    return beside | {
        "schema": SCHEMA,
        "number": number,
        "previous": previous,
        "master": _master(master),
        "organization": str(placing.organization_id),
        "project": str(placing.project_id),
        "asset": str(placing.asset_id),
        "version": str(placing.version_id),
        "job": str(placing.job_id),
        "actor": str(placing.actor_id) if placing.actor_id else None,
        "name": placing.name,
        "title": placing.title,
        "folder": placing.folder,
        "type": placing.content_type,
        "kind": placing.kind,
        "tags": list(placing.tags),
        "uploaded_at": _time(placing.uploaded_at),
        "promoted_at": _time(placing.promoted_at),
    }


def _master(master: Bytes) -> dict[str, Any]:
    return {
        "sha256": master.sha256,
        "size": master.size,
        "key": master.key,
        "version_id": master.version_id,
        "lock": {"mode": master.lock_mode, "until": _time(master.locked_until)},
    }


def encode(entry: dict[str, Any]) -> bytes:
    """Return the bytes of an entry: keys sorted, no spaces, UTF-8, a line feed at the end."""
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def digest_of(raw: bytes) -> str:
    """Return the SHA-256 that the next entry names."""
    return hashlib.sha256(raw).hexdigest()


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
