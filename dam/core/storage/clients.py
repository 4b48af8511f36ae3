"""One client for each storage identity."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import boto3.session
from botocore.config import Config

from dam import env
from dam.core.storage.failures import translated

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


@lru_cache(maxsize=1)
def configuration() -> env.Storage:
    """Return the storage settings, read once."""
    return env.storage()


@lru_cache(maxsize=16)
def client(identity: str, *, public: bool = False) -> S3Client:
    """Return the client of a storage identity; `public` signs for the address that browsers reach.

    Source: `s3v4` alone binds a presigned part to its length; checksums only when required, since several
    stores refuse boto3's default trailers.
    """
    settings = configuration()
    pair = settings.keys[identity]
    # A session of its own: the shared default one must not be used by two threads at once.
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.public_url if public else settings.endpoint_url,
        region_name=settings.region,
        aws_access_key_id=pair.key_id,
        aws_secret_access_key=pair.secret,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 4, "mode": "standard"},
            max_pool_connections=32,
        ),
    )


def bucket(name: str) -> str:
    """Return the bucket that plays the role `name` (staging, masters, previews, docs, backups)."""
    return configuration().buckets[name]


def probe() -> None:
    """Reach the store once.

    Raises:
        StorageError: it does not answer.
    """
    with translated("probe"):
        client("promoter").list_objects_v2(Bucket=bucket("staging"), MaxKeys=1)
