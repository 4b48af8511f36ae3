"""Media for the engine's tests: tiny, made by ffmpeg once a session, with the frame number drawn as bits."""

import atexit
import functools
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np

from previews.media.engine import BuildRequest, BuildResult, MediaFacts, build
from previews.media.packaging.playlists import Variant, listed_names, read_init, read_segment
from previews.media.tools import ffmpeg

BITS = 10
BOX = 32
WIDTH, HEIGHT = BITS * BOX, 180
FAST = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "50"]


@functools.cache
def folder() -> Path:
    """One scratch folder for the session, gone with it."""
    path = Path(tempfile.mkdtemp(prefix="dam-media-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def run(*words: str) -> None:
    """Run ffmpeg as an author of media would."""
    subprocess.run([str(ffmpeg()), "-v", "error", "-nostdin", "-y", *words], check=True, timeout=120)


def picture(rate: str, *, seconds: float | None = None, size: str = f"{WIDTH}x{HEIGHT}") -> list[str]:
    """A moving picture with the frame number as ten black or white boxes along the top."""
    boxes = [
        f"drawbox=x={bit * BOX}:y=0:w={BOX}:h=40:color=white:t=fill:enable='mod(floor(n/{2**bit}),2)'"
        for bit in range(BITS)
    ]
    graph = ",".join([f"testsrc2=s={size}:r={rate}", "drawbox=y=0:h=40:color=black:t=fill", *boxes])
    return ["-f", "lavfi", *(["-t", str(seconds)] if seconds else []), "-i", graph]


def tone(seconds: float, *, layout: str = "stereo", hz: int = 440) -> list[str]:
    """A steady tone on every channel of a layout."""
    return ["-f", "lavfi", "-t", str(seconds), "-i", f"sine=f={hz}:r=48000,aformat=channel_layouts={layout}"]


def made(name: str, make: Callable[[Path], object]) -> Path:
    """Make a file once a session."""
    path = folder() / name
    if not path.exists():
        make(path)
    return path


def clip(
    name: str, rate: str, *, frames: int, codec: list[str] | None = None, extra: list[str] | None = None
) -> Path:
    """A clip of so many frames with a tone a little longer than the picture."""
    seconds = frames / eval_rate(rate) + 0.3
    return made(
        name,
        lambda path: run(
            *picture(rate),
            *tone(seconds),
            "-frames:v",
            str(frames),
            *(codec or FAST),
            *(extra or []),
            str(path),
        ),
    )


def eval_rate(rate: str) -> float:
    """Read "30000/1001"."""
    number, _, over = rate.partition("/")
    return int(number) / int(over or 1)


@dataclass
class Told:
    """A sink that keeps everything it is told, and a copy of every file."""

    store: Path
    published: list[tuple[str, bytes, str]] = field(default_factory=list)
    moves: list[tuple[str, str, float]] = field(default_factory=list)
    known: list[MediaFacts] = field(default_factory=list)

    def publish(self, name: str, path: Path, content_type: str) -> None:
        target = self.store / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        self.published.append(
            (name, path.read_bytes() if name.endswith((".m3u8", ".vtt")) else b"", content_type)
        )

    def progress(self, rendition: str, state: str, fraction: float) -> None:
        self.moves.append((rendition, state, fraction))

    def facts(self, facts: MediaFacts) -> None:
        self.known.append(facts)


@dataclass
class Built:
    """A finished build: its result, what the sink was told, and where the published files lie."""

    result: BuildResult
    told: Told

    @property
    def store(self) -> Path:
        return self.told.store

    @property
    def proxy(self) -> Path:
        return self.store / "mp4/proxy.mp4"


def built(source: Path, *, name: str | None = None, may_copy: bool = True) -> Built:
    """Build the previews of a file, once a session."""
    return _built(source, name or source.name, may_copy)


@functools.cache
def _built(source: Path, name: str, may_copy: bool) -> Built:
    place = Path(tempfile.mkdtemp(dir=folder()))
    (place / "work").mkdir()
    told = Told(place / "store")
    result = build(
        BuildRequest(source=source, workdir=place / "work", name=name, threads=1, may_copy=may_copy), told
    )
    shutil.rmtree(place / "work")
    return Built(result, told)


def joined(store: Path, rung: str) -> Path:
    """Put the segments of a published rung together, as a player would."""
    out = store / f"{rung}.mp4"
    names = [
        line
        for line in (store / f"hls/{rung}/index.m3u8").read_text().splitlines()
        if line[:1] not in ("#", "")
    ]
    out.write_bytes(b"".join((store / f"hls/{rung}" / name).read_bytes() for name in ["init.mp4", *names]))
    return out


def decoded_numbers(path: Path) -> list[tuple[int, float]]:
    """Decode a clip: the number drawn in every frame, and its time in seconds."""
    with av.open(str(path)) as container:
        frames: list[Any] = list(container.decode(video=0))
        return [(drawn_number(frame.to_ndarray(format="gray")), float(frame.time)) for frame in frames]


def drawn_number(grey: "np.ndarray[Any, Any]") -> int:
    """Read the ten boxes."""
    high, wide = grey.shape
    row = int(20 * high / HEIGHT)
    return sum(2**bit for bit in range(BITS) if grey[row, int((bit + 0.5) * wide / BITS)] > 128)


def sound_of(path: Path) -> "np.ndarray[Any, Any]":
    """Decode the sound of a file to one float per sample, the channels averaged."""
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)]
    return np.concatenate(blocks)


def packaged(done: Built, rung: str, *, is_audio: bool = False) -> Variant:
    """Read a published rendition back."""
    place = done.store / "hls" / rung
    _, names, _ = listed_names((place / "index.m3u8").read_text())
    init = place / "init.mp4"
    return Variant(rung, is_audio, read_init(init), init, tuple(read_segment(place / name) for name in names))
