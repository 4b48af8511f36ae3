"""Passwords and keys of a stack: made once, kept in `secrets.json` with mode 0600."""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from dam.stack import files

S3_IDENTITIES = (
    "provisioner",
    "uploader",
    "promoter",
    "gpu-writer",
    "edge-reader",
    "backup-writer",
    "reader",
    "purger",
)


@dataclass(frozen=True)
class KeyPair:
    key_id: str
    secret: str


@dataclass(frozen=True)
class StackKeys:
    """Everything secret that the embedded services share with our processes."""

    postgres_superuser: str
    postgres_migrator: str
    postgres_app: str
    redis: str
    django: str
    jwt_private_key: str
    edge_signing_key: str
    s3: dict[str, KeyPair]


def _new_rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _new_pair(name: str) -> KeyPair:
    return KeyPair(key_id=f"{name}-{secrets.token_hex(6)}", secret=secrets.token_urlsafe(30))


def _new_keys() -> StackKeys:
    return StackKeys(
        postgres_superuser=secrets.token_urlsafe(24),
        postgres_migrator=secrets.token_urlsafe(24),
        postgres_app=secrets.token_urlsafe(24),
        redis=secrets.token_urlsafe(24),
        django=secrets.token_urlsafe(50),
        jwt_private_key=_new_rsa_key(),
        edge_signing_key=secrets.token_hex(32),
        s3={name: _new_pair(name) for name in S3_IDENTITIES},
    )


def load_or_make(path: Path) -> StackKeys:
    """Read the stack's secrets, making the file at the first start."""
    stored = files.read_json(path)
    if stored is None:
        keys = _new_keys()
        files.write_json(path, asdict(keys))
        return keys
    pairs = {name: KeyPair(**pair) for name, pair in stored.pop("s3").items()}
    return StackKeys(**stored, s3=pairs)
