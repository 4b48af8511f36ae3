"""What one stack runs, and the environment it gives to every process of the platform."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dam import env
from dam.stack import files
from dam.stack.errors import StackError
from dam.stack.keys import StackKeys
from dam.stack.layout import Layout
from dam.stack.servers import binaries, card
from dam.stack.servers.postgres import Postgres
from dam.stack.servers.redis import Redis
from dam.stack.servers.s3 import S3
from dam.stack.servers.service import LOOPBACK
from previews.edge_tokens import SigningKey

DEFAULT_PORT = 8080
EGRESS_LOG = "egress.log"
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

# What may be said of the store while the embedded one is used; everything else belongs to a store from outside.
EMBEDDED_STORAGE = frozenset({"PUBLIC_URL", "TIMEOUT", "ATTEMPTS"})

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
    return any(is_given(f"{prefix}{name}") for prefix in env.STORAGE_PREFIXES)


def inherited_environment() -> dict[str, str]:
    """Answer what a process of ours takes over from the shell."""
    return compiling_environment() | TUNING


def compiling_environment() -> dict[str, str]:
    """Answer the shell's environment; modules stay compiled, whatever it says."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Outside:
    """Which services an operator brings; those are not started here."""

    postgres: bool
    redis: bool
    s3: bool
    edge: bool

    @classmethod
    def from_environment(cls) -> "Outside":
        """Read the variables, all of them: what is wrong is said before anything starts.

        Raises:
            StackError: naming the first variable that is malformed, missing or contradicts another.
        """
        found = cls(
            postgres=is_given("DATABASE_URL"),
            redis=is_given("REDIS_URL"),
            s3=storage_is_given("ENDPOINT_URL"),
            edge=is_given("EDGE_URL"),
        )
        try:
            found.check()
        except env.BadEnvironment as error:
            raise StackError(f"{error}.") from error
        return found

    def check(self) -> None:
        """Read every variable that an operator may have set.

        Raises:
            BadEnvironment: naming the first that cannot be.
        """
        _check_values()
        _check_database(brought=self.postgres)
        if self.redis:
            env.redis_url("REDIS_URL")
        if self.s3:
            env.storage()
        else:
            _check_embedded_storage()
        if self.edge:
            env.read_origin("EDGE_URL")
        elif storage_is_given("EDGE_READER_ROLE_ARN"):
            name = env.name_of_storage("EDGE_READER_ROLE_ARN")
            raise env.BadEnvironment(
                f"{name} cannot be: the edge signs with a lasting key pair of its own. Give edge-reader a key that "
                "may only read previews, or name an edge elsewhere in EDGE_URL"
            )


def _check_values() -> None:
    for name in ("DAM_PORTAL_URL", "S3_PUBLIC_URL", "WASABI_PUBLIC_URL"):
        if is_given(name):
            env.read_origin(name)
    env.read_int("EDGE_TOKEN_TTL", 600, least=1, most=43_140)
    env.read_int("PREVIEW_TTL", 90, least=1)
    env.read_int("PREVIEW_PAGES", 100, least=1, most=10_000)
    env.read_int("PREVIEW_PART_S", 40, least=2, most=600)
    env.read_int("PREVIEW_SHARE_CPU_S", 300, least=0)
    env.read_choice("PREVIEW_ENCODER", "auto", ("auto", "cpu", "nvenc"))
    env.read_choice("PREVIEW_QUEUE", "encode", ("encode", "gpu"))
    env.read_int("PREVIEW_GPU", 0, least=0)
    env.read_int("RATE_LIMIT_SCALE", 1)
    env.read_int("OBJECT_LOCK_DEFAULT_DAYS", 30, least=1, most=env.MOST_LOCK_DAYS)
    env.read_choice("OBJECT_LOCK_MODE", "GOVERNANCE", env.LOCK_MODES)
    env.read_choice("SIGNUP", "open", ("open", "closed"))
    env.read_int("SMTP_PORT", 587, least=1, most=env.MOST_PORT)
    env.read_int("DAM_DATABASE_POOL", 10, least=1)
    env.read_int("S3_TIMEOUT", 8, least=1, most=300)
    env.read_int("S3_ATTEMPTS", 3, least=1, most=10)
    env.read_networks("METRICS_ALLOW")
    for name in ("EDGE_SIGNING_KEY", "DAM_SECRET_KEY", "DAM_JWT_PRIVATE_KEY", "DAM_ADMIN_PASSWORD"):
        env.read(name, "")


def _check_database(*, brought: bool) -> None:
    if is_given("DATABASE_MIGRATOR_URL") and not brought:
        raise env.BadEnvironment(
            "DATABASE_MIGRATOR_URL is set, DATABASE_URL is not: the platform runs as a role that owns nothing"
        )
    if not brought:
        return
    if not is_given("DATABASE_MIGRATOR_URL"):
        raise env.BadEnvironment(
            "DATABASE_URL is set, DATABASE_MIGRATOR_URL is not: migrations need the role that owns the tables"
        )
    app, migrator = env.database("DATABASE_URL"), env.database("DATABASE_MIGRATOR_URL")
    if app.user == migrator.user:
        raise env.BadEnvironment(
            f"DATABASE_URL and DATABASE_MIGRATOR_URL both log in as {app.user}: the application's role must own nothing"
        )


def _check_embedded_storage() -> None:
    """Refuse what belongs to a store that nobody named: keys, buckets, roles would be used nowhere."""
    for name in sorted(os.environ):
        plain = name.removesuffix("_FILE")
        prefix = next((each for each in env.STORAGE_PREFIXES if plain.startswith(each)), None)
        if prefix and os.environ[name] and plain.removeprefix(prefix) not in EMBEDDED_STORAGE:
            raise env.BadEnvironment(
                f"{name} is set, {prefix}ENDPOINT_URL is not: name the store that it belongs to, or unset it"
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
        return _given_origin("DAM_PORTAL_URL") or f"http://{LOOPBACK}:{self.layout.ports.front}"

    @property
    def edge_url(self) -> str:
        return _given_origin("EDGE_URL") or f"http://{LOOPBACK}:{self.layout.ports.edge}"

    @property
    def s3_url(self) -> str:
        """What browsers reach for uploads."""
        given = (_given_origin(env.name_of_storage(name)) for name in ("PUBLIC_URL", "ENDPOINT_URL"))
        return next(filter(None, given), f"http://{LOOPBACK}:{self.layout.ports.s3}")

    def own_environment(self) -> dict[str, str]:
        """Answer the variables that this stack decides, without those that the operator gave."""
        embedded: dict[str, str] = {}
        if not self.outside.postgres:
            embedded |= Postgres(self.layout, keys=self.keys).environment()
        if not self.outside.redis:
            embedded |= Redis(self.layout, keys=self.keys).environment()
        if not self.outside.s3:
            embedded |= S3(self.layout, keys=self.keys).environment()
            if storage_is_given("PUBLIC_URL"):  # a proxy before the embedded store
                del embedded["S3_PUBLIC_URL"]
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
            "DAM_SCRATCH_DIR": str(self.layout.scratch),
            "FFMPEG_PATH": str(binaries.ffmpeg()),
            "PREVIEW_QUEUE": "gpu" if card.works() else "encode",
            **self._own_edge(),
        }
        given = {name: value for name, value in defaults.items() if not is_given(name)}
        return decided | given | self._edge_keys()

    def recorded_environment(self) -> dict[str, str]:
        """Answer what later commands need to address the same services, from whichever shell they come."""
        given = {name: value for name, value in os.environ.items() if name.startswith(OPERATOR_PREFIXES)}
        return given | self.own_environment()

    def process_environment(self) -> dict[str, str]:
        """Answer the whole environment of a process of ours."""
        return inherited_environment() | self.own_environment()

    def _own_edge(self) -> dict[str, str]:
        """Answer where the edge of this stack is asked for its counters, and where it writes what it sent."""
        if self.outside.edge:
            return {}
        return {
            "EDGE_CONTROL_URL": f"http://{LOOPBACK}:{self.layout.ports.edge_control}",
            "EDGE_EGRESS_LOGS": str(self.layout.run / "edge" / EGRESS_LOG),
        }

    # --- signing keys of the edge: in a file of their own, so that they can be exchanged while everything runs ---

    @property
    def edge_key_file(self) -> Path:
        return self.layout.data_dir / "edge-signing-keys"

    def make_edge_key_file(self) -> None:
        """Write the edge's first signing key where there is no file yet; from then on `manage edge` changes it."""
        if not self.edge_key_file.exists() and not is_given("EDGE_SIGNING_KEY"):
            files.write_atomically(
                self.edge_key_file, f"{SigningKey.parse(self.keys.edge_signing_key)}\n", mode=0o600
            )

    def _edge_keys(self) -> dict[str, str]:
        if is_given("EDGE_SIGNING_KEY"):
            return {}
        if self.edge_key_file.exists():
            return {"EDGE_SIGNING_KEY_FILE": str(self.edge_key_file)}
        return {"EDGE_SIGNING_KEY": self.keys.edge_signing_key}

    def edge_signing_keys(self) -> dict[str, str]:
        """Answer the edge's secrets by key id, as they are at this moment.

        Raises:
            StackError: when they cannot be read, or are malformed.
        """
        try:
            if is_given("EDGE_SIGNING_KEY"):
                text = env.read("EDGE_SIGNING_KEY")
            elif self.edge_key_file.exists():
                text = self.edge_key_file.read_text(encoding="utf-8")
            else:
                text = self.keys.edge_signing_key
            return {each.kid: each.secret for each in SigningKey.parse_all(text)}
        except (env.BadEnvironment, OSError, ValueError) as error:
            raise StackError(f"the edge's signing keys cannot be read: {error}") from error


def _given_origin(name: str) -> str:
    return env.read_origin(name) if is_given(name) else ""


def origin_of(url: str) -> str:
    """Answer the scheme, host and port of an address, as a content security policy names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
