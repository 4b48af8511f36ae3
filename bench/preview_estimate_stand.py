"""The process that `bench preview-estimate` starts: it builds clips as jobs and prints what was told of each."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dam.settings")
django.setup()

from jobs.services import run  # noqa: E402  Django must know its settings first
from previews.media.tools import ffmpeg  # noqa: E402  as above
from tests.cast import build_cast  # noqa: E402  as above
from tests.previews_room.deliveries import fresh, request, store  # noqa: E402  as above

X264 = ("libx264", "yuv420p", "mp4")
PRORES = ("prores_ks", "yuv422p10le", "mov")
MPEG4 = ("mpeg4", "yuv420p", "avi")
#: Size, frames a second, share of the length, and how it is stored; the first four teach.
CLIPS = [
    ("640x360", "25", 0.5, X264),
    ("1280x720", "25", 1.0, X264),
    ("960x540", "25", 0.7, PRORES),
    ("640x480", "30", 0.6, MPEG4),
    ("1280x720", "25", 0.6, X264),
    ("640x360", "50", 1.0, X264),
    ("1920x1080", "25", 0.5, X264),
    ("854x480", "30000/1001", 1.0, X264),
    ("360x640", "24", 0.8, X264),
    ("1280x720", "24000/1001", 0.6, PRORES),
    ("640x360", "25", 1.0, PRORES),
    ("1280x720", "25", 0.5, MPEG4),
    ("720x576", "25", 0.8, MPEG4),
    ("480x480", "30", 0.6, X264),
]
TEACHING = 4


def make(number: int, directory: Path, *, seconds: int) -> Path:
    """Make one clip with a moving, noisy picture and sound."""
    size, rate, share, (codec, pixels, suffix) = CLIPS[number]
    target, length = directory / f"clip-{number}.{suffix}", str(share * seconds)
    picture = f"testsrc2=s={size}:r={rate},noise=alls=6:allf=t"
    inputs = [*["-f", "lavfi", "-t", length, "-i", picture], *["-f", "lavfi", "-t", length, "-i", "sine"]]
    words = ["-v", "error", "-nostdin", "-y", *inputs, "-c:v", codec, "-pix_fmt", pixels, "-q:v", "5"]
    subprocess.run([str(ffmpeg()), *words, str(target)], check=True)
    return target


def main(directory: Path, *, seconds: int) -> None:
    """Build every clip; print what was told of those that do not teach."""
    cast, told = build_cast(), []
    for number in range(len(CLIPS)):
        _, version = store(cast.project, make(number, directory, seconds=seconds))
        _, [job], _ = request(version)
        waiting_s = job.expected_s
        began = time.monotonic()
        run(job.id, organization_id=job.organization_id)
        took_s = time.monotonic() - began
        ended = fresh(job)
        if ended.state != "succeeded":
            raise RuntimeError(f"clip {number}: {ended.error}")
        sys.stderr.write(f"{number}: {waiting_s:.1f} {ended.expected_s:.1f} {took_s:.1f}\n")
        if number >= TEACHING:
            told.append({"waiting_s": waiting_s, "probed_s": ended.expected_s, "took_s": took_s})
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), seconds=int(sys.argv[2]))
