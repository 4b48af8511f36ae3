"""A tool never outlives the worker that started it, with bubblewrap or without."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dam.stack.supervising.processes import identify

DIE = """
import os, signal, sys
from pathlib import Path
from previews.media import sandbox
from previews.media.sandbox import walls
if sys.argv[1] == "bare":
    walls.bubblewrap = lambda: None
scratch = Path(sys.argv[2])
with sandbox.started(["/bin/sleep", "60"], read=[], scratch=scratch, limits=sandbox.Limits()) as tool:
    sys.stdout.write(f"{tool.pid}\\n")
    sys.stdout.flush()
    while Path(f"/proc/{tool.pid}/comm").read_text().strip() not in {"sleep", "bwrap"}:
        pass
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("walls", ["bubblewrap", "bare"])
def test_a_tool_dies_with_its_killed_worker(walls: str, tmp_path: Path) -> None:
    died = subprocess.run(
        [sys.executable, "-c", DIE, walls, str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
        timeout=60,
    )
    assert died.returncode == -9, died.stderr
    tool = int(died.stdout)

    deadline = time.monotonic() + 10
    while identify(tool) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert identify(tool) is None
