"""What one stack runs, and the environment it gives to every process of the platform."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from dam.stack import binaries
from dam.stack.errors import StackError
from dam.stack.keys import StackKeys
from dam.stack.layout import Layout
from dam.stack.postgres import Postgres
from dam.stack.redis import Redis
from dam.stack.s3 import S3
from dam.stack.service import LOOPBACK

DEFAULT_PORT = 8080
OPERATOR_PREFIXES = (
    "DATABASE_",
    "REDIS_",
    "S3_",
    "WASABI_",
    "EDGE_",
    "OBJECT_LOCK_",
    "SMTP_",
    "MAIL_",
    "SIGNUP",
)

TUNING = {
    "DJANGO_SETTINGS_MODULE": "dam.settings",
    "PYTHONUNBUFFERED": "1",
    # glibc opens an arena per thread and keeps what it freed; two are enough for our few threads.
    "MALLOC_ARENA_MAX": "2",
    # What the imports freed goes back to the system instead of waiting in the heap.
    "MALLOC_TRIM_THRESHOLD_": "131072",
    # Our arrays are small; a thread per core would hold its own buffers for nothing.
    "OPENBLAS_NUM_THREADS": "1",
}


def is_given(name: str, *, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a variable is set by value or by file."""
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def storage_is_given(name: str) -> bool:
    """Tell whether a storage variable is set under either of its prefixes."""
    return is_given(f"S3_{name}") or is_given(f"WASABI_{name}")


def inherited_environment() -> dict[str, str]:
    """Answer what a process of ours takes over from the shell; modules stay compiled, whatever it says."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | TUNING


@dataclass(frozen=True)
class Outside:
    """Which services an operator brings; those are not started here."""

    postgres: bool
    redis: bool
    s3: bool
    edge: bool

    @classmethod
    def from_environment(cls) -> "Outside":
        """Read the variables.

        Raises:
            StackError: when the database comes without the role that migrates it.
        """
        if is_given("DATABASE_URL") and not is_given("DATABASE_MIGRATOR_URL"):
            raise StackError(
                "DATABASE_URL is set, DATABASE_MIGRATOR_URL is not: migrations need the role that owns the tables."
            )
        return cls(
            postgres=is_given("DATABASE_URL"),
            redis=is_given("REDIS_URL"),
            s3=storage_is_given("ENDPOINT_URL"),
            edge=is_given("EDGE_URL"),
        )


@dataclass(frozen=True)
class StackConfig:
    """One stack: its place, its secrets, what is brought from outside, and how many encode workers."""

    layout: Layout
    keys: StackKeys
    outside: Outside
    encode_workers: int = 1

    @property
    def portal_url(self) -> str:
        given = os.environ.get("DAM_PORTAL_URL", "").rstrip("/")
        return given or f"http://{LOOPBACK}:{self.layout.ports.front}"

    @property
    def edge_url(self) -> str:
        given = os.environ.get("EDGE_URL", "").rstrip("/")
        return given or f"http://{LOOPBACK}:{self.layout.ports.edge}"

    @property
    def s3_url(self) -> str:
        """What browsers reach for uploads."""
        for name in ("S3_PUBLIC_URL", "WASABI_PUBLIC_URL", "S3_ENDPOINT_URL", "WASABI_ENDPOINT_URL"):
            if given := os.environ.get(name):
                return given.rstrip("/")
        return f"http://{LOOPBACK}:{self.layout.ports.s3}"

    def own_environment(self) -> dict[str, str]:
        """Answer the variables that this stack decides, without those that the operator gave."""
        embedded: dict[str, str] = {}
        if not self.outside.postgres:
            embedded |= Postgres(self.layout, keys=self.keys).environment()
        if not self.outside.redis:
            embedded |= Redis(self.layout, keys=self.keys).environment()
        if not self.outside.s3:
            embedded |= S3(self.layout, keys=self.keys).environment()
        decided = {
            "DAM_DATA_DIR": str(self.layout.data_dir),
            "DAM_PORT": str(self.layout.ports.front),
            **embedded,
        }
        defaults = {
            "DAM_PORTAL_URL": self.portal_url,
            "DAM_SECRET_KEY": self.keys.django,
            "DAM_JWT_PRIVATE_KEY": self.keys.jwt_private_key,
            "EDGE_URL": self.edge_url,
            "EDGE_SIGNING_KEY": self.keys.edge_signing_key,
            "DAM_SCRATCH_DIR": str(self.layout.scratch),
            "FFMPEG_PATH": str(binaries.ffmpeg()),
        }
        return decided | {name: value for name, value in defaults.items() if not is_given(name)}

    def recorded_environment(self) -> dict[str, str]:
        """Answer what later commands need to address the same services, from whichever shell they come."""
        given = {name: value for name, value in os.environ.items() if name.startswith(OPERATOR_PREFIXES)}
        return given | self.own_environment()

    def process_environment(self) -> dict[str, str]:
        """Answer the whole environment of a process of ours."""
        return inherited_environment() | self.own_environment()

    def edge_signing_keys(self) -> dict[str, str]:
        """Answer the edge's secrets by key id; `EDGE_SIGNING_KEY` is `kid:secret` or a bare secret."""
        text = os.environ.get("EDGE_SIGNING_KEY") or self.keys.edge_signing_key
        kid, colon, secret = text.partition(":")
        return {kid: secret} if colon else {"k1": text}


def origin_of(url: str) -> str:
    """Answer the scheme, host and port of an address, as a content security policy names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
