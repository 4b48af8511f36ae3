"""`preview-quality`: VMAF of each rung beside the master, and its bit rate beside the rung's cap.

No footage may be shipped, so the clips are synthesised to behave like a camera's: a picture whose detail falls off with
its fineness as that of nature does (amplitude 1/f), panned at a speed that is no whole number of pixels, before it a
disc with detail of its own that moves against it, a lens (slight blur) and a sensor (fresh grain in every frame). The
second clip is harder than a camera's: the moving test picture over a fractal, softened in time, with grain.

The model is vmaf_v0.6.1 (1080p at three heights), the mean of every third frame; smaller rungs are enlarged to the
master's size (bicubic), as a player would. The mark is for the top rung; a bit rate may reach its cap and never pass it.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from bench.preview_cpu import Nowhere
from bench.report import CannotRun, Row
from previews.media.engine import BuildFailed, BuildRequest, build
from previews.media.recipes import Rung, plan_rungs
from previews.media.sandbox import SandboxUnavailable
from previews.media.tools import ffmpeg

AT_LEAST = 93.0
SIZE = (1920, 1080)
SEEN = (2400, 1350)
RATE = 25
SUBSAMPLE = 3
TAGS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
MASTER = (*TAGS, "-c:v", "prores", "-profile:v", "3")
TO_YUV = "scale=out_color_matrix=bt709:out_range=tv,format=yuv422p10le"
PAN = "crop=1920:1080:x='240+230*sin(n/31)':y='135+120*sin(n/43)'"
CAMERA = "gblur=0.6,noise=alls=3:allf=t"
SOFT = "hqdn3d,noise=alls=2:allf=t"
HARD = "mandelbrot=s=1920x1080:r=25:start_scale=0.5:end_scale=0.3:end_pts=200:maxiter=300"


@dataclass(frozen=True)
class Measured:
    """One rung of one clip: the mean of VMAF, and bits per second over the whole clip."""

    rung: Rung
    vmaf: float
    bits: float


class Keeper(Nowhere):
    """A sink that keeps the segments of every rung, joined in the order they come."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def publish(self, name: str, path: Path, content_type: str) -> None:
        """Keep a file of a rung: all of them together are a fragmented MP4."""
        if name.endswith((".m4s", "init.mp4")):
            with (self.place / f"{Path(name).parent.name}.mp4").open("ab") as joined:
                joined.write(path.read_bytes())


def run(full: bool) -> list[Row]:  # noqa: FBT001  the runner calls every benchmark like this
    """Build each clip once and judge its rungs."""
    if " libvmaf " not in _answer("-filters"):
        raise CannotRun("this ffmpeg has no libvmaf")
    seconds = 8 if full else 3
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory:
        place = Path(directory)
        try:
            clips = {"camera": camera(place, seconds=seconds), "hard": hard(place, seconds=seconds)}
            return [
                row
                for name, master in clips.items()
                for row in rows(name, list(measured(master, seconds=seconds, place=place)))
            ]
        except (SandboxUnavailable, BuildFailed, subprocess.CalledProcessError) as error:
            raise CannotRun(str(error)) from error


def rows(clip: str, found: list[Measured]) -> Iterator[Row]:
    """Judge VMAF of the top rung, and every rung's bit rate."""
    for number, each in enumerate(found):
        score = each.vmaf / 100
        row = Row(f"{clip}: VMAF of {each.rung.name} / 100", each.vmaf, 100, score, (score, score))
        if not number:
            row = replace(row, mark=f"≥ {AT_LEAST:g} VMAF", reached=each.vmaf >= AT_LEAST)
        yield row
    for each in found:
        cap = each.rung.cap_kilobits * 1000
        share = each.bits / cap
        name = f"{clip}: Mbit/s of {each.rung.name} / its cap"
        yield Row(name, each.bits / 1e6, cap / 1e6, share, (share, share), "≤ 1", share <= 1)


def measured(master: Path, *, seconds: int, place: Path) -> Iterator[Measured]:
    """Build the previews of a clip and compare each rung with it."""
    folder = Path(tempfile.mkdtemp(dir=place))
    work = folder / "work"
    work.mkdir()
    build(BuildRequest(source=master, workdir=work, name=master.name), Keeper(folder))
    for number, rung in enumerate(plan_rungs(*SIZE)):
        joined = folder / f"v{number}.mp4"
        yield Measured(rung, vmaf(joined, master, place=folder), joined.stat().st_size * 8 / seconds)


def vmaf(rung: Path, master: Path, *, place: Path) -> float:
    """Measure one rung against its master, frame by frame."""
    even = f"settb=1/{RATE},setpts=N,format=yuv420p"
    log = place / "vmaf.json"
    graph = (
        f"[0:v]scale={SIZE[0]}:{SIZE[1]}:flags=bicubic,{even}[d];"
        f"[1:v]scale=in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv,{even}[r];"
        f"[d][r]libvmaf=n_threads=2:n_subsample={SUBSAMPLE}:log_fmt=json:log_path={log.name}"
    )
    call("-i", str(rung), "-i", str(master), "-filter_complex", graph, "-f", "null", "-", work=place)
    return float(json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"])


def camera(place: Path, *, seconds: int) -> Path:
    """Make the clip that behaves like a camera's."""
    scene, disc, out = place / "scene.png", place / "disc.png", place / "camera.mov"
    nature(*SEEN, seed=1).save(scene)
    front = nature(500, 500, seed=2)
    rows_, columns = np.ogrid[:500, :500]
    inside = (rows_ - 250) ** 2 + (columns - 250) ** 2 < 245**2
    front.putalpha(Image.fromarray((inside * 255).astype(np.uint8), mode="L"))
    front.save(disc)
    stills = [word for still in (scene, disc) for word in ("-loop", "1", "-r", str(RATE), "-i", str(still))]
    before = "overlay=x='200+9.3*n':y='250+90*sin(n/9)':format=gbrp"
    graph = f"[0:v]{PAN}[back];[back][1:v]{before},{TO_YUV},{CAMERA}[out]"
    call(*stills, "-filter_complex", graph, "-map", "[out]", "-t", str(seconds), *MASTER, str(out))
    return out


def hard(place: Path, *, seconds: int) -> Path:
    """Make the clip that is harder than a camera's."""
    out = place / "hard.mov"
    moving = f"testsrc2=s=1920x1080:r={RATE}"
    graph = f"[0:v]format=gbrp[a];[1:v]format=gbrp[b];[a][b]blend=all_mode=average,{TO_YUV},{SOFT}[out]"
    sources = ["-f", "lavfi", "-i", moving, "-f", "lavfi", "-i", HARD]
    call(*sources, "-filter_complex", graph, "-map", "[out]", "-t", str(seconds), *MASTER, str(out))
    return out


def nature(width: int, height: int, *, seed: int) -> Image.Image:
    """Paint a picture with the spectrum of natural scenes: random phases, amplitudes that fall with frequency."""
    chance = np.random.default_rng(seed)
    fall = np.hypot(np.fft.fftfreq(height)[:, None] * height, np.fft.rfftfreq(width)[None, :] * width)
    fall[0, 0] = np.inf

    def layer() -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
        phases = np.exp(2j * np.pi * chance.random(fall.shape))
        picture = np.fft.irfft2(phases / fall, s=(height, width))
        return np.asarray((picture - picture.mean()) / picture.std())

    light, warm, green = layer(), 0.25 * layer(), 0.25 * layer()
    color = np.stack([light + warm, light + green, light - warm - green], axis=-1)
    return Image.fromarray(np.clip(118 + 42 * color, 0, 255).astype(np.uint8), mode="RGB")


def call(*words: str, work: Path | None = None) -> None:
    """Run one ffmpeg."""
    subprocess.run([str(ffmpeg()), "-v", "fatal", "-nostdin", "-y", *words], check=True, cwd=work)


def _answer(*words: str) -> str:
    done = subprocess.run(
        [str(ffmpeg()), "-hide_banner", *words], check=False, capture_output=True, text=True
    )
    return done.stdout
