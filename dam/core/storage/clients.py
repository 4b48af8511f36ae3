"""One client for each storage identity and patience, with the credentials that the identity has now."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING

from botocore.config import Config

from dam import env
from dam.core.buckets import stay_at_endpoint
from dam.core.storage.failures import translated
from dam.core.storage.sessions import RoleSession, plain_session, session_with

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

CONNECT_S, PROBE_S = 3, 2
# Moving gigabytes inside a store, and the last word of a large upload, take their time.
LONG_FACTOR, FINISHING_FACTOR = 6, 3
_making = RLock()
_BASE = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class Patience(Enum):
    """How long a silent store is waited for; `S3_TIMEOUT` (T seconds) and `S3_ATTEMPTS` scale all but the last.

    QUICK: T a try, several tries: what a person waits for. FINISHING: 3 T, one try: the client itself repeats
    it. LONG: 6 T a try: copies and reads of jobs. PROBING: 2 s in all, whatever else is set.
    """

    QUICK = "quick"
    FINISHING = "finishing"
    LONG = "long"
    PROBING = "probing"


@lru_cache(maxsize=1)
def configuration() -> env.Storage:
    """Return the storage settings, read once."""
    return env.storage()


@lru_cache(maxsize=64)
def client(identity: str, *, public: bool = False, patience: Patience = Patience.QUICK) -> S3Client:
    """Return the client of a storage identity; `public` signs for the address that browsers reach.

    Source: `s3v4` alone binds a presigned part to its length; checksums only when required, since several
    stores refuse boto3's default trailers. The standard retries wait a random time that doubles, 20 s at most,
    and stop altogether while most calls fail.
    """
    settings = configuration()
    pair = settings.keys[identity]
    with _making:  # clients may be shared between threads, the session that makes them may not
        role = role_session(identity)
        made: S3Client = (session_with(role) if role else plain_session()).client(
            "s3",
            endpoint_url=settings.public_url if public else settings.endpoint_url,
            region_name=settings.region,
            aws_access_key_id=None if role else pair.key_id,
            aws_secret_access_key=None if role else pair.secret,
            config=_config(patience),
        )
    stay_at_endpoint(made)
    return made


def _config(patience: Patience) -> Config:
    settings = configuration()
    if patience is Patience.PROBING:
        return _BASE.merge(
            Config(
                connect_timeout=PROBE_S,
                read_timeout=PROBE_S,
                retries={"total_max_attempts": 1, "mode": "standard"},
            )
        )
    factor = {Patience.QUICK: 1, Patience.FINISHING: FINISHING_FACTOR, Patience.LONG: LONG_FACTOR}[patience]
    attempts = 1 if patience is Patience.FINISHING else settings.attempts
    return _BASE.merge(
        Config(
            connect_timeout=CONNECT_S,
            read_timeout=settings.timeout_s * factor,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            max_pool_connections=32,
        )
    )


def role_session(identity: str) -> RoleSession | None:
    """Return the session of the role that an identity assumes, shared by its clients; None without a role."""
    with _making:
        return _role_session(identity)


@lru_cache(maxsize=16)
def _role_session(identity: str) -> RoleSession | None:
    settings = configuration()
    pair = settings.keys[identity]
    if not pair.role_arn:
        return None
    return RoleSession(
        identity,
        pair=pair,
        endpoint_url=settings.sts_endpoint_url,
        region=settings.region,
        config=Config(
            connect_timeout=CONNECT_S,
            read_timeout=settings.timeout_s,
            retries={"total_max_attempts": settings.attempts, "mode": "standard"},
        ),
    )


def lifetime(identity: str, *, wanted_s: int) -> int:
    """Return for how long an address signed now may live: no longer than the session that signs it.

    Raises:
        StorageError: the role cannot be assumed.
    """
    role = role_session(identity)
    if role is None:
        return wanted_s
    with translated("assume-role"):
        return min(wanted_s, role.remaining_s())


def forget() -> None:
    """Forget settings, clients and sessions: the next call reads the environment again."""
    for cached in (configuration, client, _role_session):
        cached.cache_clear()


def bucket(name: str) -> str:
    """Return the bucket that plays the role `name` (staging, masters, previews, docs, backups)."""
    return configuration().buckets[name]


def probe() -> None:
    """Reach the store once.

    Raises:
        StorageError: it does not answer.
    """
    with translated("probe"):
        client("promoter", patience=Patience.PROBING).list_objects_v2(Bucket=bucket("staging"), MaxKeys=1)
