"""Find ffmpeg: the one the environment names, else the packaged one, else the system's."""

import functools
import os
import shutil
from pathlib import Path

from previews.media.sandbox import SandboxUnavailable

try:
    import imageio_ffmpeg
except ImportError:
    imageio_ffmpeg = None


@functools.cache
def ffmpeg() -> Path:
    """Give the resolved path of ffmpeg.

    Raises: SandboxUnavailable when there is none.
    """
    named = os.environ.get("FFMPEG_PATH")
    if not named and imageio_ffmpeg is not None:
        named = imageio_ffmpeg.get_ffmpeg_exe()
    found = named or shutil.which("ffmpeg")
    if not found or not Path(found).exists():
        raise SandboxUnavailable("ffmpeg is missing; set FFMPEG_PATH, or install it")
    return Path(found).resolve()
