"""Typed readers of the environment; a bad or contradictory value stops the start and names its variable.

Every variable may also be given as `NAME_FILE`, the path of a file that holds the value. Storage variables
may begin with `WASABI_` in place of `S3_`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

BUCKETS = ("staging", "masters", "previews", "docs", "backups")
IDENTITIES = ("uploader", "promoter", "gpu-writer", "edge-reader", "backup-writer", "reader", "purger")
LOCK_MODES = ("GOVERNANCE", "COMPLIANCE")


class BadEnvironment(Exception):
    """A variable is missing, malformed or contradicts another; the message names it."""


def read(name: str, default: str | None = None) -> str:
    """Return the value of `name`, or of the file that `name_FILE` points at.

    Raises:
        BadEnvironment: when neither is set and there is no default, or both are.
    """
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value is not None and path is not None:
        raise BadEnvironment(f"{name} and {name}_FILE are both set: keep one")
    if path is not None:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadEnvironment(f"{name}_FILE: {path}: {error.strerror}") from error
    if value is not None:
        return value
    if default is None:
        raise BadEnvironment(f"{name} is not set")
    return default


def read_int(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    """Return `name` as an integer from `least` to `most`."""
    text = read(name, str(default))
    try:
        value = int(text)
    except ValueError:
        raise BadEnvironment(f"{name} must be a whole number, not {text!r}") from None
    if value < least:
        raise BadEnvironment(f"{name} must be at least {least}, not {value}")
    if most is not None and value > most:
        raise BadEnvironment(f"{name} must be at most {most}, not {value}")
    return value


def read_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return `name`, which must be one of `choices`."""
    value = read(name, default)
    if value not in choices:
        raise BadEnvironment(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def read_storage(name: str, default: str | None = None) -> str:
    """Return `S3_{name}`, or the same variable spelled `WASABI_{name}`."""
    for prefix in ("S3_", "WASABI_"):
        if f"{prefix}{name}" in os.environ or f"{prefix}{name}_FILE" in os.environ:
            return read(f"{prefix}{name}")
    return read(f"S3_{name}", default)


@dataclass(frozen=True)
class KeyPair:
    """Credentials of one storage identity; `role_arn` is assumed where the store has STS."""

    key_id: str
    secret: str
    role_arn: str = ""


def key_pair(identity: str) -> KeyPair:
    """Return the key pair of a storage identity; a pair of its own beats the common `S3_KEY_ID` pair.

    Raises:
        BadEnvironment: when only one half of a pair is set, or no pair serves the identity.
    """
    own = identity.upper().replace("-", "_")
    names = [own, "GPU_WRITER"] if identity == "reader" else [own]
    for name in names:
        key_id, secret = read_storage(f"{name}_KEY_ID", ""), read_storage(f"{name}_SECRET", "")
        if bool(key_id) != bool(secret):
            raise BadEnvironment(f"S3_{name}_KEY_ID and S3_{name}_SECRET must be set together")
        if key_id:
            return KeyPair(key_id, secret, read_storage(f"{own}_ROLE_ARN", ""))
    return KeyPair(read_storage("KEY_ID"), read_storage("SECRET"), read_storage(f"{own}_ROLE_ARN", ""))


@dataclass(frozen=True)
class DatabaseAddress:
    """A parsed `postgresql://user:password@host:port/name` address."""

    user: str
    password: str
    host: str
    port: str
    name: str


def database(name: str, default: str | None = None) -> DatabaseAddress:
    """Parse the database address in variable `name`."""
    url = urlsplit(read(name, default))
    if url.scheme not in {"postgres", "postgresql"} or not url.hostname or not url.path.strip("/"):
        raise BadEnvironment(f"{name} must look like postgresql://user:password@host:port/name")
    return DatabaseAddress(
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        host=url.hostname,
        port=str(url.port or 5432),
        name=unquote(url.path.strip("/")),
    )


@dataclass(frozen=True)
class Storage:
    """Where objects lie and who may touch them; `public_url` is what browsers reach."""

    endpoint_url: str
    public_url: str
    region: str
    buckets: dict[str, str]
    keys: dict[str, KeyPair]
    lock_mode: str
    lock_days: int


def storage() -> Storage:
    """Read the storage variables.

    Raises:
        BadEnvironment: naming the first variable that is missing or contradictory.
    """
    endpoint = read_storage("ENDPOINT_URL")
    return Storage(
        endpoint_url=endpoint,
        public_url=read_storage("PUBLIC_URL", endpoint),
        region=read_storage("REGION", "us-east-1"),
        buckets={name: read_storage(f"BUCKET_{name.upper()}", name) for name in BUCKETS},
        keys={identity: key_pair(identity) for identity in IDENTITIES if identity != "purger"}
        | _optional_pair("purger"),
        lock_mode=read_choice("OBJECT_LOCK_MODE", "GOVERNANCE", LOCK_MODES),
        lock_days=read_int("OBJECT_LOCK_DEFAULT_DAYS", 30, least=1),
    )


def _optional_pair(identity: str) -> dict[str, KeyPair]:
    """Return the pair of an identity that a deployment may leave out."""
    try:
        return {identity: key_pair(identity)}
    except BadEnvironment as error:
        if "must be set together" in str(error):
            raise
        return {}
