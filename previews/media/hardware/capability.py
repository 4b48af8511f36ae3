"""Try a card: a picture of 256 x 256 through the very arguments of production, remembered for ten minutes.

No table tells what a card can do; drivers, sessions and licences decide as well. So it is tried.
"""

import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from previews.media import sandbox
from previews.media.encoding.encoders import Encoder
from previews.media.hardware.verdicts import Verdict, judge
from previews.media.recipes import Rung
from previews.media.tools import ffmpeg

KEPT_S = 600.0
_SIDE = 256
_LIMITS = sandbox.Limits(memory_bytes=16 * sandbox.GIB, cpu_s=60, wall_s=60.0)
_DRIVER = ("/proc/driver/nvidia", "/sys/bus/pci", "/sys/devices", "/sys/module/nvidia")


@dataclass(frozen=True)
class _Known:
    verdict: Verdict
    until: float


_known: dict[Encoder, _Known] = {}
_lock = threading.Lock()


def on_card(encoder: Encoder, *, gpu: int) -> Encoder:
    """Tie an encoder of a preset to one card."""
    return replace(encoder, words=(*encoder.words, "-gpu", str(gpu)))


def capability(encoder: Encoder) -> Verdict:
    """Tell whether an encoder runs on its card now: tried once, then remembered for ten minutes.

    Raises: SandboxUnavailable when there is no ffmpeg.
    """
    with _lock:
        known = _known.get(encoder)
        if known is None or known.until < time.monotonic():
            known = _Known(_try(encoder), time.monotonic() + KEPT_S)
            _known[encoder] = known
        return known.verdict


def remember(encoder: Encoder, verdict: Verdict) -> None:
    """Take what a build found out for a trial: after a failure at work the next builds do without the card."""
    with _lock:
        _known[encoder] = _Known(verdict, time.monotonic() + KEPT_S)


def forget() -> None:
    """Forget every trial, so that the next one asks the card."""
    with _lock:
        _known.clear()


def limits_with(encoder: Encoder, limits: sandbox.Limits) -> sandbox.Limits:
    """Let a tool reach the card that its encoder needs, and reserve address space as CUDA does; others stay as they are."""
    if not encoder.is_hardware:
        return limits
    nodes = (*sorted(Path("/dev").glob("nvidia*")), *(Path(each) for each in _DRIVER))
    return replace(limits, memory_bytes=None, devices=tuple(each for each in nodes if each.exists()))


def trial_argv(tool: Path, encoder: Encoder) -> list[str]:
    """Build the trial of an encoder: production's own words around a picture that ffmpeg makes itself."""
    rung = Rung("trial", _SIDE, _SIDE, crf=19, cap_kilobits=12_000)
    return [
        *[str(tool), "-hide_banner", "-nostdin", "-v", "error"],
        *["-f", "lavfi", "-i", f"color=s={_SIDE}x{_SIDE}:r=25:d=0.4", "-vf", "format=yuv420p"],
        *encoder.argv([rung], gop=25),
        *["-f", "null", "-"],
    ]


def _try(encoder: Encoder) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="dam-trial-") as folder:
        limits = limits_with(encoder, _LIMITS)
        ended = sandbox.run(trial_argv(ffmpeg(), encoder), read=[], scratch=Path(folder), limits=limits)
    return judge(ended.code, ended.stderr.splitlines())
