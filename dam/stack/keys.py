"""Passwords and keys of a stack: made once, kept in `secrets.json` with mode 0600."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dam.stack import files
from dam.stack.errors import StackError
from dam.stack.layout import CHECKOUT

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


def load(path: Path) -> StackKeys:
    """Read the stack's secrets.

    Raises:
        StackError: when they cannot be read, or are not whole.
    """
    remedy = "Put it back from a backup: without it the data beside it cannot be opened."
    try:
        stored = files.read_json(path)
        pairs = {name: KeyPair(**pair) for name, pair in stored.pop("s3").items()}
        return StackKeys(**stored, s3=pairs)
    except PermissionError as error:
        raise StackError(
            f"{path} cannot be read by this user (id {os.geteuid()}): {error.strerror}."
        ) from error
    except OSError as error:
        raise StackError(f"{path} cannot be read: {error.strerror}. {remedy}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StackError(f"{path} is damaged. {remedy}") from error


def load_or_make(path: Path) -> StackKeys:
    """Read the stack's secrets, making the file at the first start.

    They are made in a process of their own: the library that makes them is large, and a supervisor lives long.

    Raises:
        StackError: when they cannot be read or made.
    """
    if not path.exists():
        done = subprocess.run(
            [sys.executable, "-m", "dam.stack.new_keys", str(path)],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"{path} could not be made: {done.stderr.strip().splitlines()[-1]}")
    return load(path)
