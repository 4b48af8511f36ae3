"""The embedded PostgreSQL: cluster, roles and database."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from dam.stack import files
from dam.stack.errors import ServiceFailed, StackError
from dam.stack.keys import StackKeys
from dam.stack.layout import CHECKOUT, Layout
from dam.stack.servers import binaries
from dam.stack.servers.service import CHECK_TIMEOUT_S, KEPT_MEMORY, LOOPBACK, Listening, base_environment
from dam.stack.supervising import processes
from dam.stack.supervising.processes import Command

MAJOR_VERSION = 18
DATABASE = "dam"
APP_ROLE = "dam_app"
MIGRATOR_ROLE = "dam_migrator"
DEFINER_ROLE = "dam_definer"
NOBODY = 65534
PROTOCOL_3 = 3 << 16
RELEASE_TIMEOUT_S = 5.0
RELEASE_POLL_S = 0.05

# Small on purpose: a laptop runs the whole platform. A server of its own is configured outside.
SETTINGS = {
    "listen_addresses": f"'{LOOPBACK}'",
    "unix_socket_directories": "''",
    # Ten for each of our processes, should all their threads ask at once, and there may be many workers.
    "max_connections": "200",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers": "2",
    "max_worker_processes": "4",
    "io_method": "sync",
    "autovacuum_max_workers": "1",
    "max_wal_size": "512MB",
    "password_encryption": "'scram-sha-256'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_checkpoints": "off",
    # A refused statement carries people's data in its values, and so does the detail of its error.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "logging_collector": "off",
    "idle_in_transaction_session_timeout": "'10min'",
}


class Postgres(Listening):
    """PostgreSQL 18 on loopback, password-protected, with the three roles of the platform."""

    name = "postgres"
    # Fast shutdown: sessions are rolled back and closed, the cluster is left clean.
    stop_signal = signal.SIGINT
    stop_grace_s = 8.0

    def __init__(self, layout: Layout, *, keys: StackKeys) -> None:
        super().__init__(layout)
        self.keys = keys
        #: What the database says about itself once provisioned; `dam.stack.servers.database` notes its migrations there.
        self.database_comment = ""

    @property
    def port(self) -> int:
        return self.layout.ports.postgres

    @property
    def cluster(self) -> Path:
        return self.layout.service_dir("postgres")

    def url(self, role: str, *, password: str) -> str:
        return f"postgresql://{role}:{quote(password, safe='')}@{LOOPBACK}:{self.port}/{DATABASE}"

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.url(APP_ROLE, password=self.keys.postgres_app),
            "DATABASE_MIGRATOR_URL": self.url(MIGRATOR_ROLE, password=self.keys.postgres_migrator),
        }

    def prepare(self) -> None:
        if not (self.cluster / "PG_VERSION").exists():
            self._make_cluster()
        self._forget_dead_server()
        lines = [f"{name} = {value}" for name, value in {**SETTINGS, "port": str(self.port)}.items()]
        files.write_atomically(self.cluster / "conf.d" / "dam.conf", "\n".join(lines) + "\n", mode=0o644)
        files.write_atomically(
            self.cluster / "pg_hba.conf", f"host all all {LOOPBACK}/32 scram-sha-256\n", mode=0o644
        )
        main = self.cluster / "postgresql.conf"
        include = "include_dir = 'conf.d'\n"
        if include not in main.read_text(encoding="utf-8"):
            main.write_text(include, encoding="utf-8")
        if root_mode() == "nobody":
            _give_to_nobody(self.cluster)

    def _forget_dead_server(self) -> None:
        """Remove the lock file of a server that is gone.

        PostgreSQL takes any process with the number in it for that server: a dead one that nobody has collected
        yet, or a stranger after the machine was started anew.

        Raises:
            ServiceFailed: when a server has the cluster open, ours or another's.
        """
        deadline = time.monotonic() + RELEASE_TIMEOUT_S
        while holders := processes.working_in(self.cluster, program="postgres"):
            if time.monotonic() > deadline:
                raise ServiceFailed(
                    f"another PostgreSQL (process {holders[0]}) has {self.cluster} open. Stop it: "
                    f"kill -INT {holders[0]}"
                )
            time.sleep(RELEASE_POLL_S)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        """Run initdb beside the final place and move the result there, so a killed start leaves no half."""
        staging = self.cluster.with_name(".postgres-new")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        if root_mode() == "nobody":
            _give_to_nobody(staging)
        with tempfile.NamedTemporaryFile("w", prefix="dam-pw-", suffix=".txt") as password:
            password.write(self.keys.postgres_superuser)
            password.flush()
            if root_mode() == "nobody":
                os.chown(password.name, NOBODY, NOBODY)
            self._run_initdb(staging, password_file=password.name)
        staging.replace(self.cluster)

    def _run_initdb(self, directory: Path, *, password_file: str) -> None:
        argv = [
            *(str(binaries.postgres_bin() / "initdb"), "--pgdata", str(directory), "--username", "postgres"),
            *("--pwfile", password_file, "--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            "--data-checksums",
            "--no-sync",
        ]
        prefix, user = _unprivileged()
        done = subprocess.run(
            [*prefix, *argv],
            cwd=directory,
            env=base_environment(),
            user=user,
            group=user,
            extra_groups=[] if user is not None else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"initdb failed:\n{done.stdout[-600:]}\n{done.stderr[-1200:]}")

    def command(self) -> Command:
        prefix, user = _unprivileged()
        return Command(
            argv=(*prefix, str(binaries.postgres_bin() / "postgres"), "-D", str(self.cluster)),
            cwd=self.cluster,
            env=base_environment() | KEPT_MEMORY,
            user=user,
            death_signal=signal.SIGINT,
        )

    def is_ready(self) -> bool:
        """Tell whether the server asks for a password; while it starts or recovers it answers an error."""
        return self._first_byte() == b"R"

    def answers(self) -> bool:
        """Tell whether the server says anything: one that recovers from a crash takes its time, and lives."""
        return self._first_byte() != b""

    def _first_byte(self) -> bytes:
        """Answer how the server begins to reply to a greeting; nothing when nobody does."""
        words = b"user\0postgres\0database\0postgres\0\0"
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=CHECK_TIMEOUT_S) as link:
                link.sendall(struct.pack("!II", 8 + len(words), PROTOCOL_3) + words)
                return link.recv(1)
        except OSError:
            return b""

    def provision(self, *, comment: str = "") -> None:
        """Make the roles and the database, note `comment` there if given, and learn what is noted.

        Raises:
            ServiceFailed: with what the server said.
        """
        done = subprocess.run(
            [
                *(sys.executable, "-m", "dam.stack.servers.roles", str(self.layout.data_dir)),
                *(str(self.layout.ports.base), comment),
            ],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ServiceFailed(f"the database roles could not be made:\n{done.stderr[-1500:]}")
        self.database_comment = done.stdout.strip()


def root_mode() -> str:
    """Tell how to run PostgreSQL here, which refuses root: "direct", "namespace" or "nobody"."""
    if os.geteuid() != 0:
        return "direct"
    unshare = shutil.which("unshare")
    if unshare and _namespaces_work(unshare):
        return "namespace"
    return "nobody"


_namespace_answer: dict[str, bool] = {}


def _namespaces_work(unshare: str) -> bool:
    """Try a user namespace once per process; containers often forbid them."""
    if unshare not in _namespace_answer:
        done = subprocess.run(
            [unshare, "--user", "--map-user=1000", "--map-group=1000", "true"],
            capture_output=True,
            check=False,
        )
        _namespace_answer[unshare] = done.returncode == 0
    return _namespace_answer[unshare]


def _unprivileged() -> tuple[tuple[str, ...], int | None]:
    """Answer the words before the command and the user to switch to, if any."""
    mode = root_mode()
    if mode == "namespace":
        # unshare replaces itself by the server, so the process number is the server's own.
        unshare = shutil.which("unshare") or "unshare"
        return (unshare, "--user", "--map-user=1000", "--map-group=1000"), None
    return (), NOBODY if mode == "nobody" else None


def _give_to_nobody(cluster: Path) -> None:
    """Hand a cluster to `nobody`.

    Raises:
        StackError: when a directory above it shuts that user out.
    """
    for parent in cluster.parents:
        if not parent.stat().st_mode & 0o001:
            raise StackError(
                f"PostgreSQL refuses to run as root, user namespaces are not allowed here, and user nobody cannot "
                f"enter {parent}. Choose another --data-dir, run bin/dam as an ordinary user, or set DATABASE_URL."
            )
    for path in (cluster, *cluster.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
