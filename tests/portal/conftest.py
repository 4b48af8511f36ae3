"""The portal's own tests need Node and its packages; without them they are listed as not run."""

import pytest

from dam.stack.servers import binaries
from dam.stack.commands.checks import PORTAL
from dam.stack.errors import BinaryMissing


def _is_ready() -> bool:
    try:
        binaries.node()
    except BinaryMissing:
        return False
    return (PORTAL / "node_modules").exists()


READY = _is_ready()
collect_ignore_glob = [] if READY else ["test_*.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not READY:
        terminalreporter.line("not run here: tests/portal (no Node, or portal/node_modules is absent)")
