"""Fences that tools of the engine run behind: each test that asks for `fence` runs behind every one that works here."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from typing import Any

import pytest

from previews.media.builds.office import office_suite
from previews.media.sandbox import walls

FENCES = {
    "bubblewrap": walls.bubblewrap() is not None,
    "landlock": walls.landlock() > 0,
    "limits": True,
}


NOBODY = pwd.getpwnam("nobody")
AS_NOBODY = ["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups", "--"]


def python_of_nobody() -> str | None:
    """Find a Python that an ordinary user may start from here: this one may lie in a home that is closed to others."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return None
    for each in (sys.executable, "/usr/bin/python3"):
        trial = [*AS_NOBODY, "/usr/bin/env", each, "-I", "-S", "-c", "import ctypes"]
        if subprocess.run(trial, capture_output=True, check=False, cwd="/").returncode == 0:
            return each
    return None


PYTHON_OF_NOBODY = python_of_nobody()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for name, works in FENCES.items():
        if not works:
            terminalreporter.line(f"not run here: tests/previews behind {name} (absent, or forbidden)")
    if office_suite() is None:
        terminalreporter.line("not run here: tests/previews on office documents (no LibreOffice)")
    if PYTHON_OF_NOBODY is None:
        terminalreporter.line(
            "not run here: tests/previews/test_sandbox.py as an ordinary user (root and setpriv)"
        )


@pytest.fixture(params=[name for name, works in FENCES.items() if works])
def fence(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put tools behind one kind of walls."""
    if request.param != "bubblewrap":
        monkeypatch.setattr(walls, "bubblewrap", lambda: None)
    if request.param == "limits":
        monkeypatch.setattr(walls, "landlock", lambda: 0)
    assert walls.kind_here() == request.param
    return str(request.param)
