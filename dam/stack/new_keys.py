"""Make the secrets of a new stack: `python -m dam.stack.new_keys FILE` (started by the stack itself)."""

import secrets
import sys
from dataclasses import asdict
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from dam.stack import files
from dam.stack.keys import S3_IDENTITIES, KeyPair, StackKeys


def _new_rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _new_pair(name: str) -> KeyPair:
    return KeyPair(key_id=f"{name}-{secrets.token_hex(6)}", secret=secrets.token_urlsafe(30))


def new_keys() -> StackKeys:
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


def main() -> None:
    files.write_json(Path(sys.argv[1]), asdict(new_keys()))


if __name__ == "__main__":
    main()
