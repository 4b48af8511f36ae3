"""What previews are made with: encoders and filters that really work, a GPU, the sandbox."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from dam.stack.doctor import Finding
from dam.stack.errors import StackError
from dam.stack.servers import binaries, card
from previews.media import sandbox
from previews.media.builds import watermark
from previews.media.builds.office import office_suite
from previews.media.sandbox import syscalls

TIMEOUT_S = 30
NEEDED_ENCODERS = ("libx264", "aac", "libwebp")
NEEDED_FILTERS = ("scale", "split", "ebur128", "tile", "showwavespic", "idet", "blackdetect", "freezedetect")
GPU_ENCODERS = ("h264_nvenc", "h264_qsv", "h264_vaapi", "h264_amf")
_PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.2")
_SOUND = ("-f", "lavfi", "-i", "sine=d=0.2")


def look() -> Iterator[Finding]:
    yield from _encoders()
    yield _sandbox()
    yield _office()
    yield _fonts()


def _fonts() -> Finding:
    """Tell which scripts a watermark can be written in."""
    own, *others = watermark.fonts()
    if not own.exists():
        return Finding(
            "watermark fonts", ok=False, detail=f"{own} is missing", remedy="install the release anew"
        )
    detail = "Latin, Greek, Cyrillic, Hebrew, Arabic"
    if others:
        return Finding(
            "watermark fonts", ok=True, detail=f"{detail}; {len(others)} more fonts of this machine"
        )
    remedy = "apt install fonts-noto-cjk fonts-noto-core"
    return Finding("watermark fonts", None, f"{detail}; other letters are drawn as their numbers", remedy)


def _office() -> Finding:
    suite = office_suite()
    if suite is not None:
        return Finding("office documents", ok=True, detail=str(suite))
    remedy = "install LibreOffice (apt install libreoffice-core libreoffice-writer libreoffice-calc libreoffice-impress)"
    detail = "no LibreOffice; Office files can be downloaded, not read"
    return Finding("office documents", None, detail, f"{remedy}, or set OFFICE_PATH")


def _encoders() -> Iterator[Finding]:
    try:
        ffmpeg = binaries.require_executable(binaries.ffmpeg())
    except StackError as error:
        yield Finding("encoders", ok=False, detail=str(error), remedy="set FFMPEG_PATH")
        return
    encoders, filters = _names(ffmpeg, "-encoders"), _names(ffmpeg, "-filters")
    lacking = [name for name in NEEDED_ENCODERS if name not in encoders]
    lacking += [name for name in NEEDED_FILTERS if name not in filters]
    remedy = "point FFMPEG_PATH at an ffmpeg (5.1 or newer) that has them"
    if lacking:
        yield Finding("encoders", ok=False, detail=f"lacks {', '.join(lacking)}", remedy=remedy)
    else:
        yield from _trials(ffmpeg, remedy=remedy)
    yield _gpu(built_in=[name for name in GPU_ENCODERS if name in encoders])


def _trials(ffmpeg: Path, *, remedy: str) -> Iterator[Finding]:
    """Encode a few frames with each: a listed encoder may still not run on this processor."""
    trials = {
        "libx264": (*_PICTURE, "-c:v", "libx264"),
        "aac": (*_SOUND, "-c:a", "aac"),
        "libwebp": (*_PICTURE, "-frames:v", "1", "-c:v", "libwebp"),
    }
    failed = {name: said for name, arguments in trials.items() if (said := _failure(ffmpeg, *arguments))}
    detail = "; ".join(f"{name}: {said}" for name, said in failed.items()) or ", ".join(trials)
    yield Finding("encoders", not failed, detail, remedy)


def _failure(ffmpeg: Path, *arguments: str) -> str:
    """Answer why a trial encode failed, in its last line; nothing when it went."""
    try:
        done = subprocess.run(
            [ffmpeg, "-nostdin", "-v", "error", *arguments, "-f", "null", "-"],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]


def _gpu(*, built_in: list[str]) -> Finding:
    """Tell what a card here is good for, tried with the words of production; without one everything works, slower."""
    listed = ", ".join(built_in) or "no encoder"
    if not card.is_wanted():
        why = "no device here" if not card.NODE.exists() else "a device that PREVIEW_ENCODER leaves alone"
        return Finding("gpu", None, f"{why}; built in: {listed}")
    if "h264_nvenc" not in built_in:
        remedy = "point FFMPEG_PATH at an ffmpeg with NVENC, or set PREVIEW_ENCODER=cpu"
        return Finding("gpu", None, "a device, and no h264_nvenc", remedy)
    verdict = card.verdict()
    if verdict.kind == "works":
        return Finding("gpu", ok=True, detail="h264_nvenc encodes, with a worker and a queue of its own")
    if verdict.kind == "options":
        remedy = "its presets do not fit this ffmpeg: use the bundled one, or set PREVIEW_ENCODER=cpu (docs/gpu.md)"
        return Finding(
            "gpu", ok=False, detail=f"h264_nvenc refuses our settings: {verdict.said}", remedy=remedy
        )
    remedy = (
        "install the driver that this ffmpeg asks for; cards of the H100 family encode nothing (docs/gpu.md)"
    )
    return Finding("gpu", None, f"h264_nvenc does not run: {verdict.said}", remedy)


def _sandbox() -> Finding:
    """Tell the walls that tools on strangers' files get here, and what would make them higher."""
    remedy = "install bubblewrap and allow user namespaces (docs/previews.md, strangers' files)"
    filtered = "system calls filtered" if syscalls.program(may_fork=False) else "system calls not filtered"
    kind = sandbox.kind_here()
    if kind == "limits":
        detail = (
            f"no bubblewrap that works here and no Landlock: media tools read what their user may; {filtered}"
        )
        return Finding("sandbox", None, detail, remedy)
    if kind == "landlock":
        return Finding("sandbox", None, f"no bubblewrap that works here: Landlock alone; {filtered}", remedy)
    walls = sandbox.bubblewrap() or ()
    own = "own" if "--proc" in walls else "no"
    return Finding("sandbox", ok=True, detail=f"{walls[0]}, no network, {own} /proc; {filtered}")


def _names(ffmpeg: Path, listing: str) -> set[str]:
    done = subprocess.run(
        [ffmpeg, "-hide_banner", listing], capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    return set(re.findall(r"^ [A-Z.|]+ +([\w]+) ", done.stdout, flags=re.MULTILINE))
