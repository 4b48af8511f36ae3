"""The graphics card of this machine, as far as the stack cares: whether a worker of its own is worth starting."""

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dam.stack.layout import CHECKOUT
from dam.stack.servers import binaries

NODE = Path("/dev/nvidia0")
TIMEOUT_S = 120


@dataclass(frozen=True)
class Verdict:
    """What came of the trial: works, device, options or other, and ffmpeg's line that tells."""

    kind: str
    said: str


def is_wanted() -> bool:
    """Tell whether a card is to be used: `PREVIEW_ENCODER` says `nvenc`, or nothing, and there is a device."""
    wanted = os.environ.get("PREVIEW_ENCODER") or "auto"
    return wanted == "nvenc" or (wanted == "auto" and NODE.exists())


@functools.cache
def verdict() -> Verdict:
    """Try the card with the arguments of production, once a process.

    In a process of its own: the engine's libraries are no guests for the supervisor's memory.
    """
    tried = {
        "PREVIEW_ENCODER": "nvenc",
        "FFMPEG_PATH": os.environ.get("FFMPEG_PATH") or str(binaries.ffmpeg()),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "previews.media.hardware.trial"],
            cwd=CHECKOUT,
            env=os.environ | tried,
            capture_output=True,
            text=True,
            check=True,
            timeout=TIMEOUT_S,
        )
        return Verdict(**json.loads(done.stdout))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return Verdict("other", str(error))


def works() -> bool:
    """Tell whether builds of previews go to a worker with a card here."""
    return is_wanted() and verdict().kind == "works"
