"""The portal's unit tests and its size budgets, run by its own tools."""

import os
import subprocess

import pytest

from dam.stack.servers import binaries
from dam.stack.commands.checks import PORTAL


@pytest.mark.parametrize("script", ["test", "size"])
def test_the_portals_own_script_passes(script: str):
    node = binaries.node()
    environment = os.environ | {
        "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "CI": "true",
    }

    ran = subprocess.run(
        [str(node), str(binaries.npm_cli()), "run", "--silent", script],
        cwd=PORTAL,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
