"""`manage`, `user` and `token`: Django's commands in the environment of a stack."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dam.stack import files
from dam.stack.config import DEFAULT_PORT, Outside, StackConfig, inherited_environment
from dam.stack.errors import StackError
from dam.stack.keys import load_or_make
from dam.stack.layout import CHECKOUT, Layout
from dam.stack.supervising.state import running_state

# These change the database's shape, which only the owner of the tables may.
OWNER_COMMANDS = frozenset({"migrate", "sqlflush", "flush", "dbshell"})


def environment_of(data_dir: Path) -> dict[str, str]:
    """Answer the environment of a stack's processes, as its last start decided it."""
    layout = Layout.of(data_dir, base_port=DEFAULT_PORT)
    recorded: dict[str, str] | None = files.read_json(layout.run / "environment.json")
    if recorded is not None:
        environment = inherited_environment() | recorded
        if "EDGE_SIGNING_KEY_FILE" in recorded:  # whatever this shell says, the stack was started without
            environment.pop("EDGE_SIGNING_KEY", None)
        return environment
    layout.make_directories()
    config = StackConfig(layout, load_or_make(layout.secrets_file), Outside.from_environment())
    return config.process_environment()


def manage(data_dir: Path, arguments: Sequence[str]) -> int:
    """Run manage.py on this terminal; answer its exit code."""
    environment = environment_of(data_dir)
    if arguments and arguments[0] in OWNER_COMMANDS:
        environment["DAM_DATABASE_ROLE"] = "migrator"
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), *arguments], cwd=CHECKOUT, env=environment, check=False
    )
    return done.returncode


def manage_running(data_dir: Path, arguments: Sequence[str]) -> int:
    """Run a command that needs the database.

    Raises:
        StackError: when the stack is not running.
    """
    embedded = not os.environ.get("DATABASE_URL")
    if embedded and running_state(Layout.of(data_dir, base_port=0).run) is None:
        raise StackError(f"No stack runs in {data_dir}: start it with `bin/dam up --data-dir {data_dir}`.")
    return manage(data_dir, arguments)


def answer_of(data_dir: Path, arguments: Sequence[str]) -> str:
    """Run a command and answer its standard output.

    Raises:
        StackError: with the end of what it said.
    """
    done = subprocess.run(
        [sys.executable, str(CHECKOUT / "manage.py"), *arguments],
        cwd=CHECKOUT,
        env=environment_of(data_dir),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"manage.py {arguments[0]} failed:\n{done.stderr.strip()[-1500:]}")
    return done.stdout
