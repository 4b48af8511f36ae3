"""What can be seen to be wrong before anything starts: each finding is said with its remedy, and nothing is left running."""

import os
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dam.stack import files
from dam.stack.config import Outside
from dam.stack.errors import StackError
from dam.stack.keys import load
from dam.stack.layout import CHECKOUT, Layout
from dam.stack.servers import binaries
from dam.stack.servers.postgres import MAJOR_VERSION
from dam.stack.supervising import memory
from dam.stack.supervising.disk import room_at, shortage
from dam.stack.supervising.watch import MIB, Watch

LEAST_OPEN_FILES = 1024
LEAST_PROCESSES = 200
LEAST_MEMORY_BYTES = 600 * MIB
#: A checkout may come from a machine whose clock is ahead.
CLOCK_GRACE_S = 24 * 3600


class CannotStart(StackError):
    """Something that a person has to mend first."""


def require(layout: Layout, *, outside: Outside, watch: Watch) -> None:
    """Look at everything that a start leans on.

    Raises:
        CannotStart: with the first thing that is wrong, and its remedy.
    """
    _require_directory(layout)
    _require_room(layout, watch=watch)
    _require_secrets(layout)
    _require_credentials(layout)
    if not outside.postgres:
        _require_cluster(layout)
    _require_limits()
    _require_memory()
    require_clock(now=time.time())
    _require_programs(outside)


def _require_directory(layout: Layout) -> None:
    """Make the directories and write into each of them, as a start would."""
    try:
        layout.make_directories()
        for directory in (layout.data_dir, layout.run, layout.logs, layout.scratch):
            probe = directory / f".probe-{os.getpid()}"
            probe.write_bytes(b"dam")
            probe.unlink()
    except OSError as error:
        place = error.filename or layout.data_dir
        raise CannotStart(
            f"The data directory cannot be used: {place}: {error.strerror}. "
            f"Give this user (id {os.geteuid()}) the right to write there, free space, or choose another --data-dir."
        ) from error


def _require_room(layout: Layout, *, watch: Watch) -> None:
    if lack := shortage(room_at(layout.data_dir), watch=watch):
        raise CannotStart(f"Not started, {lack}. Free some, or choose another --data-dir.")


def _require_secrets(layout: Layout) -> None:
    """Read the secrets where there are any; where there are none, no data may lie there that needs them."""
    if layout.secrets_file.exists():
        load(layout.secrets_file)
        return
    if (layout.service_dir("postgres") / "PG_VERSION").exists():
        raise CannotStart(
            f"{layout.secrets_file} is missing, and the data beside it cannot be opened without its passwords. "
            "Put it back from a backup, or choose another --data-dir."
        )


def _require_credentials(layout: Layout) -> None:
    path = layout.credentials_file
    remedy = "Mend it, or remove it: the account stays as it is."
    try:
        stored = files.read_json(path)
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}. {remedy}") from error
    except ValueError as error:
        raise CannotStart(f"{path} is damaged: {error}. {remedy}") from error
    if stored is not None and not (isinstance(stored, dict) and {"email", "project"} <= stored.keys()):
        raise CannotStart(f"{path} is damaged: it names no e-mail or project. {remedy}")


def _require_cluster(layout: Layout) -> None:
    """Refuse a cluster of another PostgreSQL: its files mean something else."""
    cluster = layout.service_dir("postgres")
    try:
        version = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        if cluster.exists() and any(cluster.iterdir()):
            raise CannotStart(
                f"{cluster} is not empty and holds no PostgreSQL cluster. Move it away, or put back a backup."
            ) from None
        return
    except (OSError, ValueError) as error:
        raise CannotStart(f"{cluster / 'PG_VERSION'} cannot be read: {error}.") from error
    if version != str(MAJOR_VERSION):
        raise CannotStart(
            f"{cluster} was made by PostgreSQL {version}, and this is PostgreSQL {MAJOR_VERSION}. Dump it with "
            f"version {version} and restore the dump here, or set DATABASE_URL to a server of version {version}."
        )


def _require_limits() -> None:
    for name, which, least, flag in (
        ("open files", resource.RLIMIT_NOFILE, LEAST_OPEN_FILES, "-n"),
        ("processes", resource.RLIMIT_NPROC, LEAST_PROCESSES, "-u"),
    ):
        soft, hard = resource.getrlimit(which)
        if hard == resource.RLIM_INFINITY or hard >= least:
            _raise_limit(which, soft=soft, hard=hard, least=least)
            continue
        raise CannotStart(
            f"The limit of {name} is {hard}, at least {least} are needed: raise it (ulimit {flag} {least})."
        )


def _raise_limit(which: int, *, soft: int, hard: int, least: int) -> None:
    """Take what is allowed anyway, for this process and all that it starts."""
    if soft != resource.RLIM_INFINITY and soft < least:
        resource.setrlimit(which, (least, hard))


def _require_memory() -> None:
    free = memory.available_bytes()
    if free is not None and free < LEAST_MEMORY_BYTES:
        raise CannotStart(
            f"{free / MIB:,.0f} MiB of memory are left here, at least {LEAST_MEMORY_BYTES / MIB:,.0f} are needed. "
            "Stop other programs, or give this machine or container more."
        )


def require_clock(*, now: float) -> None:
    """Refuse a clock that stands before the code came here: signatures, locks and tokens all count on it.

    Raises:
        CannotStart: with both times.
    """
    code = (CHECKOUT / "uv.lock").stat().st_mtime
    if now < code - CLOCK_GRACE_S:
        raise CannotStart(
            f"The clock says {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M} UTC, which is before this software "
            f"was installed ({datetime.fromtimestamp(code, UTC):%Y-%m-%d}). Set the clock (NTP)."
        )


def _require_programs(outside: Outside) -> None:
    """Find every program that will be executed.

    Raises:
        BinaryMissing: naming the first that is absent.
    """
    needed: list[Callable[[], Path]] = [binaries.nginx, binaries.ffmpeg]
    if not outside.postgres:
        needed.append(lambda: binaries.postgres_bin() / "postgres")
    if not outside.redis:
        needed.append(binaries.redis_server)
    if not outside.s3:
        needed.append(binaries.weed)
    for find in needed:
        binaries.require_executable(find())
