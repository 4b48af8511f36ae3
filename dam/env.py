"""Typed readers of the environment; a bad or contradictory value stops the start and names its variable.

Every variable may also be given as `NAME_FILE`, the path of a file that holds the value. Storage variables
may begin with `WASABI_` in place of `S3_`.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

BUCKETS = ("staging", "masters", "previews", "docs", "backups")
IDENTITIES = ("uploader", "promoter", "gpu-writer", "edge-reader", "backup-writer", "reader", "purger")
LOCK_MODES = ("GOVERNANCE", "COMPLIANCE")
STORAGE_PREFIXES = ("S3_", "WASABI_")
MOST_PORT = 65_535
MOST_LOCK_DAYS = 36_500
# What libpq takes behind the question mark of an address; anything else is a slip of the pen.
DATABASE_OPTIONS = frozenset(
    {"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding", "gssencmode"}
    | {"application_name", "connect_timeout", "target_session_attrs"}
    | {"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"}
)
# Where the other end vanishes without a word, the kernel would wait for a quarter of an hour, and whoever asked with it.
PATIENCE_WITH_DATABASES = {
    "connect_timeout": "5",
    "tcp_user_timeout": "15000",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


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


def read_file_of(name: str) -> str:
    """Return the path in `name_FILE`, or an empty string: for values that are read anew when the file changes."""
    return os.environ.get(f"{name}_FILE", "")


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


def read_amount(name: str, default: str) -> Decimal:
    """Return `name` as an amount of money, 0 or more, exactly as it is written."""
    text = read(name, default)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BadEnvironment(f"{name} must be a number such as 6.99, not {text!r}") from None
    if not value.is_finite() or value < 0:
        raise BadEnvironment(f"{name} must be 0 or more, not {text!r}")
    return value


def read_currency(name: str, default: str) -> str:
    """Return `name` as the three capital letters of a currency."""
    text = read(name, default)
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise BadEnvironment(f"{name} must be three capital letters such as USD, not {text!r}")
    return text


def read_origin(name: str, default: str | None = None) -> str:
    """Return `name` as an origin: scheme, host and perhaps a port; a slash behind it is dropped.

    Raises:
        BadEnvironment: it has no http(s) scheme, or a path, a query or a password.
    """
    return _origin(name, read(name, default))


def read_optional_origin(name: str) -> str:
    """Return `name` as an origin, or an empty string where it is not set."""
    text = read(name, "")
    return _origin(name, text) if text else ""


def read_report_address(name: str) -> str:
    """Return `name` as the address that errors are reported to, `https://key@host/project`, or an empty string."""
    text = read(name, "")
    url = urlsplit(text)
    if text and not (
        url.scheme in {"http", "https"} and url.username and url.hostname and url.path.strip("/")
    ):
        raise BadEnvironment(f"{name} must look like https://key@host/project")
    return text


def _origin(name: str, text: str) -> str:
    parts = _split(name, text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadEnvironment(f"{name} must look like https://host[:port], not {text!r}: give the scheme")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise BadEnvironment(
            f"{name} must be an origin (https://host[:port]): leave out what follows the host"
        )
    if parts.username or parts.password:
        raise BadEnvironment(f"{name} must not carry a name or password: leave out what precedes the host")
    return f"{parts.scheme}://{parts.netloc}"


def _split(name: str, text: str) -> SplitResult:
    """Split an address; its port must be a number that there is."""
    try:
        parts = urlsplit(text)
        if parts.port == 0:
            raise ValueError
    except ValueError:
        raise BadEnvironment(f"{name} has a malformed host or port") from None
    return parts


def read_networks(name: str) -> list[str]:
    """Return `name`, addresses or networks divided by commas or spaces."""
    found = read(name, "").replace(",", " ").split()
    for each in found:
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError:
            raise BadEnvironment(
                f"{name} must list addresses or networks (10.0.0.0/8), not {each!r}"
            ) from None
    return found


def read_limits(name: str, default: str) -> dict[str, int]:
    """Return `name` as words with whole numbers of at least 1, such as `heavy=2 av1=1`, divided by commas or spaces."""
    limits: dict[str, int] = {}
    for each in read(name, default).replace(",", " ").split():
        word, _, number = each.partition("=")
        if not word or not number.isdecimal() or int(number) < 1:
            raise BadEnvironment(f"{name} must list words and how many of each (heavy=2 av1=1), not {each!r}")
        limits[word] = int(number)
    return limits


def read_roots(name: str) -> dict[str, str]:
    """Return `name` as words with absolute directories, `archive=/srv/archive;nas=/mnt/nas`, divided by semicolons."""
    roots: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in read(name, "").split(";"))):
        word, _, path = each.partition("=")
        if not word.strip().isidentifier() or not Path(path.strip()).is_absolute():
            raise BadEnvironment(
                f"{name} must name directories (archive=/srv/archive;nas=/mnt/nas), not {each!r}"
            )
        roots[word.strip()] = path.strip()
    return roots


def redis_url(name: str, default: str | None = None) -> str:
    """Return the Redis address in `name`, without a database number: ours are fixed."""
    text = read(name, default)
    parts = _split(name, text)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise BadEnvironment(f"{name} must look like redis://[user]:password@host:port")
    return parts._replace(path="").geturl()


def read_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Return `name`, which must be one of `choices`."""
    value = read(name, default)
    if value not in choices:
        raise BadEnvironment(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def read_storage(name: str, default: str | None = None) -> str:
    """Return `S3_{name}`, or the same variable spelled `WASABI_{name}`.

    Raises:
        BadEnvironment: both are set, to different values.
    """
    found = {each: read(each) for each in (f"{prefix}{name}" for prefix in STORAGE_PREFIXES) if is_set(each)}
    if len(set(found.values())) > 1:
        raise BadEnvironment(f"{' and '.join(found)} are both set and differ: keep one")
    for value in found.values():
        return value
    return read(f"S3_{name}", default)


def is_set(name: str) -> bool:
    """Tell whether a variable is there, by value or by file."""
    return name in os.environ or f"{name}_FILE" in os.environ


def name_of_storage(name: str) -> str:
    """Return the variable in which a storage value was given, as its operator spells it."""
    return next((f"{each}{name}" for each in STORAGE_PREFIXES if is_set(f"{each}{name}")), f"S3_{name}")


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
    role_arn = read_storage(f"{own}_ROLE_ARN", "")
    for name in [f"{own}_", *(["GPU_WRITER_"] if identity == "reader" else []), ""]:
        key_id, secret = read_storage(f"{name}KEY_ID", ""), read_storage(f"{name}SECRET", "")
        if bool(key_id) != bool(secret):
            raise BadEnvironment(
                f"{name_of_storage(f'{name}KEY_ID')} and {name_of_storage(f'{name}SECRET')} must be set together"
            )
        if key_id:
            return KeyPair(key_id, secret, role_arn)
    raise NoKeyPair(
        f"S3_{own}_KEY_ID and S3_{own}_SECRET are not set, nor is the common pair S3_KEY_ID and S3_SECRET"
    )


class NoKeyPair(BadEnvironment):
    """A storage identity has no credentials."""


@dataclass(frozen=True)
class DatabaseAddress:
    """A parsed `postgresql://user:password@host:port/name?sslmode=…` address."""

    user: str
    password: str
    host: str
    port: str
    name: str
    options: dict[str, str] = field(default_factory=dict)


def database(name: str, default: str | None = None) -> DatabaseAddress:
    """Parse the database address in variable `name`."""
    url = _split(name, read(name, default))
    if url.scheme not in {"postgres", "postgresql"} or not url.hostname or not url.path.strip("/"):
        raise BadEnvironment(f"{name} must look like postgresql://user:password@host:port/name")
    options = dict(parse_qsl(url.query))
    if unknown := sorted(set(options) - DATABASE_OPTIONS):
        raise BadEnvironment(f"{name} has an option that is not known: {unknown[0]}")
    return DatabaseAddress(
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        host=url.hostname,
        port=str(url.port or 5432),
        name=unquote(url.path.strip("/")),
        options=PATIENCE_WITH_DATABASES | options,
    )


@dataclass(frozen=True)
class Storage:
    """Where objects lie and who may touch them; `public_url` is what browsers reach.

    `timeout_s` is how long a silent store is waited for, `attempts` how often a call is tried in all.
    """

    endpoint_url: str
    public_url: str
    sts_endpoint_url: str
    region: str
    buckets: dict[str, str]
    keys: dict[str, KeyPair]
    lock_mode: str
    lock_days: int
    timeout_s: int
    attempts: int


def storage() -> Storage:
    """Read the storage variables.

    Raises:
        BadEnvironment: naming the first variable that is missing or contradictory.
    """
    endpoint = _storage_origin("ENDPOINT_URL")
    return Storage(
        endpoint_url=endpoint,
        public_url=_storage_origin("PUBLIC_URL", endpoint),
        sts_endpoint_url=_storage_origin("STS_ENDPOINT_URL", endpoint),
        region=read_storage("REGION", "us-east-1"),
        buckets=buckets(),
        keys={identity: key_pair(identity) for identity in IDENTITIES if identity != "purger"}
        | _optional_pair("purger"),
        lock_mode=read_choice("OBJECT_LOCK_MODE", "GOVERNANCE", LOCK_MODES),
        lock_days=read_int("OBJECT_LOCK_DEFAULT_DAYS", 30, least=1, most=MOST_LOCK_DAYS),
        timeout_s=read_int("S3_TIMEOUT", 8, least=1, most=300),
        attempts=read_int("S3_ATTEMPTS", 3, least=1, most=10),
    )


def buckets() -> dict[str, str]:
    """Return the real name of each bucket; no two duties share one, since their rights and locks differ."""
    found = {name: read_storage(f"BUCKET_{name.upper()}", name) for name in BUCKETS}
    for name, given in found.items():
        variable = name_of_storage(f"BUCKET_{name.upper()}")
        if not _BUCKET_NAME.fullmatch(given):
            raise BadEnvironment(
                f"{variable} must be 3 to 63 lower-case letters, digits, dots or dashes, not {given!r}"
            )
        if other := next((each for each in found if each != name and found[each] == given), None):
            raise BadEnvironment(f"{variable} names the bucket of {other} too ({given}): give each its own")
    return found


def _storage_origin(name: str, default: str | None = None) -> str:
    return _origin(name_of_storage(name), read_storage(name, default))


def _optional_pair(identity: str) -> dict[str, KeyPair]:
    """Return the pair of an identity that a deployment may leave out."""
    try:
        return {identity: key_pair(identity)}
    except NoKeyPair:
        return {}
