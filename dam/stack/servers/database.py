"""Bring the database to the code's shape, and the first admin into it."""

import hashlib
import logging
import subprocess
import sys
from collections.abc import Mapping

from dam.stack.config import Outside, StackConfig
from dam.stack.errors import StackError
from dam.stack.layout import CHECKOUT
from dam.stack.servers.postgres import Postgres

OUTSIDE_TIMEOUT_S = 60
#: An upgrade may write every row of a large catalogue anew: a million assets take the better part of an hour.
MIGRATED_WITHIN_S = 6 * 3600
#: Of what is left to do at a brought store; more than there are settings.
_MOST_LINES = 20
logger = logging.getLogger(__name__)


def run_manage(
    config: StackConfig,
    *arguments: str,
    role: str = "app",
    timeout_s: float = 600,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a management command to its end and answer its standard output.

    Raises:
        StackError: with the end of what it said.
    """
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), *arguments],
        cwd=CHECKOUT,
        env={**config.process_environment(), "DAM_DATABASE_ROLE": role, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
    if done.returncode != 0:
        logger.error("manage.failed %s\n%s", arguments[0], done.stderr.strip()[-20_000:])
        lines = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        raise StackError(
            f"manage.py {arguments[0]} failed: {lines[-1][:1000]}\nMore stands in supervisor.log."
        )
    return done.stdout


def migrations_fingerprint() -> str:
    """Answer a digest of every migration and of the lock file, which decides those of the libraries."""
    digest = hashlib.sha256()
    for path in sorted((*CHECKOUT.glob("*/migrations/*.py"), *CHECKOUT.glob("dam/*/migrations/*.py"))):
        digest.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
    digest.update((CHECKOUT / "uv.lock").read_bytes())
    digest.update((CHECKOUT / "dam" / "settings.py").read_bytes())
    return digest.hexdigest()


def comment_of_migrated() -> str:
    """Answer what a database says about itself once these very migrations ran there."""
    return f"migrations {migrations_fingerprint()}"


def migrate(config: StackConfig) -> None:
    """Run the migrations as the role that owns the tables, and let the database remember which."""
    run_manage(config, "migrate", "--noinput", role="migrator", timeout_s=MIGRATED_WITHIN_S)
    if not config.outside.postgres:
        Postgres(config.layout, keys=config.keys).provision(comment=comment_of_migrated())


def require_outside(outside: Outside) -> list[str]:
    """Look at the database and the Redis that were brought, before anything starts; answer what is unwise there.

    Raises:
        StackError: with what is wrong and its remedy.
    """
    if not (outside.postgres or outside.redis):
        return []
    done = subprocess.run(
        [sys.executable, "-m", "dam.stack.servers.outside"],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=OUTSIDE_TIMEOUT_S,
    )
    if done.returncode != 0:
        raise StackError(done.stderr.strip()[-2000:])
    return done.stdout.splitlines()


def make_outside_buckets(config: StackConfig) -> list[str]:
    """Make what an outside store lacks, as far as the rights allow; answer what is left to its operator."""
    done = subprocess.run(
        [sys.executable, "-m", "dam.stack.servers.buckets", "--outside"],
        cwd=CHECKOUT,
        env=config.process_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().splitlines()[-_MOST_LINES:] if done.returncode else []
