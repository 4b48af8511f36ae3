"""The command line of the platform (contract: commands)."""

import argparse
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from dam import env
from dam.stack.commands import checks, console, people, status
from dam.stack.commands import up as starting
from dam.stack.config import DEFAULT_PORT
from dam.stack.doctor import report
from dam.stack.errors import StackError
from dam.stack.layout import CHECKOUT, PORTS_PER_STACK, Layout

HIGHEST_PORT = 65535


def _default_data_dir() -> Path:
    return Path(os.environ.get("DAM_DATA_DIR", ".dam"))


def _manage(arguments: list[str]) -> int:
    """Take the stack's own option from wherever it stands; everything else is Django's."""
    parser = argparse.ArgumentParser(prog="bin/dam manage", add_help=False, allow_abbrev=False)
    _add_data_dir(parser)
    own, others = parser.parse_known_args(arguments)
    return people.manage(own.data_dir, others)


# These take every argument as it is, so that a tool's own options need no quoting.
_PASSED_ON: dict[str, Callable[[list[str]], int]] = {
    "manage": _manage,
    "test": checks.run_tests,
    "bench": lambda arguments: subprocess.call([sys.executable, "-m", "bench", *arguments], cwd=CHECKOUT),
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; answer its exit code."""
    try:
        if arguments and arguments[0] in _PASSED_ON:
            return _PASSED_ON[arguments[0]](list(arguments[1:]))
        parsed = _parser().parse_args(arguments)
        code: int = parsed.run(parsed)
    except (StackError, env.BadEnvironment) as error:
        console.complain(str(error))
        return 1
    except PermissionError as error:
        console.complain(
            f"{error.filename}: {error.strerror}. Use the account that the stack belongs to (this is id {os.geteuid()})."
        )
        return 1
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.ENAMETOOLONG}:
            raise
        console.complain(f"{error.filename}: {error.strerror}. Choose another --data-dir.")
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/dam",
        description="Masters nobody can lose or alter, reviewed together.",
        epilog="Also: manage [--data-dir DIR] ARGS (Django), test ARGS (pytest), bench [NAME…] [--full].",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_up(commands)
    one = _command(commands, "status", help="what runs and how it is", run=_status)
    one.add_argument("--json", action="store_true", help="for programs")
    _command(commands, "down", help="stop cleanly; data stays", run=lambda args: starting.down(args.data_dir))
    _add_user(commands)
    _add_token(commands)
    one = _command(
        commands, "doctor", help="look for what is missing or wrong, and say the remedy", run=_doctor
    )
    one.add_argument("--json", action="store_true", help="for programs")
    _command(commands, "lint", help="formatter, linter, types, import contracts, front-end checks", run=_lint)
    return parser


class Subparsers(Protocol):
    """What argparse makes of `add_subparsers`, whose class it keeps to itself."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser: ...


def _command(
    commands: "Subparsers",
    name: str,
    *,
    help: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help, description=help)
    _add_data_dir(parser)
    parser.set_defaults(run=run)
    return parser


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir", type=Path, default=_default_data_dir(), help="where all state lies (default: .dam)"
    )


def _add_up(commands: "Subparsers") -> None:
    parser = _command(commands, "up", help="start the whole platform on this machine", run=_up)
    parser.add_argument("--demo", action="store_true", help="then send a clip through the public API")
    parser.add_argument("--detach", action="store_true", help="return when ready and stay up")
    parser.add_argument("--port", type=_port, default=None, help="first of forty ports (default: 8080)")
    parser.add_argument("--workers", type=_count, default=1, help="encode workers (default: 1)")


def _add_user(commands: "Subparsers") -> None:
    parser = _command(commands, "user", help="make a person with a verified e-mail", run=_user)
    parser.add_argument("--email", required=True)
    parser.add_argument("--name")
    parser.add_argument("--org", metavar="SLUG", help="an organisation, made where it does not exist yet")
    parser.add_argument("--role", choices=("admin", "member"))


def _add_token(commands: "Subparsers") -> None:
    parser = _command(commands, "token", help="print a fresh API token of a person", run=_token)
    parser.add_argument("--email", required=True)
    parser.add_argument("--name", help="what the token is for")
    parser.add_argument("--read-only", action="store_true", help="the token changes nothing")
    parser.add_argument("--project", metavar="ID", help="the token reaches this project alone")
    parser.add_argument("--expires", metavar="DAYS", help="the token is dead after so many days")


def _port(text: str) -> int:
    value = int(text)
    if not 1 <= value <= HIGHEST_PORT - PORTS_PER_STACK:
        raise argparse.ArgumentTypeError(f"choose a port from 1 to {HIGHEST_PORT - PORTS_PER_STACK}")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("choose 0 or more")
    return value


def _up(args: argparse.Namespace) -> int:
    port = args.port or int(os.environ.get("DAM_PORT", DEFAULT_PORT))
    layout = Layout.of(args.data_dir, base_port=port)
    return starting.up(starting.UpOptions(layout, workers=args.workers, detach=args.detach, demo=args.demo))


def _status(args: argparse.Namespace) -> int:
    return status.show(args.data_dir, as_json=args.json)


def _lint(_: argparse.Namespace) -> int:
    return checks.run_lint()


def _doctor(args: argparse.Namespace) -> int:
    return report.run(args.data_dir, as_json=args.json)


def _given(args: argparse.Namespace, *names: str) -> list[str]:
    """Pass on the options that were given, each as one word: a value may begin with a dash."""
    return [f"--{name}={getattr(args, name)}" for name in names if getattr(args, name) is not None]


def _user(args: argparse.Namespace) -> int:
    return people.manage_running(args.data_dir, ["user", *_given(args, "email", "name", "org", "role")])


def _token(args: argparse.Namespace) -> int:
    words = ["token", *_given(args, "email", "name", "project", "expires")]
    return people.manage_running(args.data_dir, [*words, "--read-only"] if args.read_only else words)
