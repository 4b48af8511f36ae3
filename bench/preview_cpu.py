"""`preview-cpu`: processor time of one whole preview build beside one bare ffmpeg, and beside a process per artefact.

The product makes ladder, MP4, posters, storyboard, waveform, loudness and QC, and checks them. The limit is one
ffmpeg, written by hand, that makes the same ladder and nothing else. Time is user + system of all children, and of
this process, where the product counts peaks and boxes.
"""

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from bench.report import CannotRun, Row, compare, interleaved
from previews.media.encoding.encoders import BELOW_CAP
from previews.media.engine import BuildFailed, BuildRequest, MediaFacts, build
from previews.media.probing.probe import probe
from previews.media.recipes import Rung, VideoPlan, plan_video
from previews.media.sandbox import SandboxUnavailable
from previews.media.tools import ffmpeg

LADDER_AT_MOST, SEPARATE_AT_MOST = 1.10, 0.42
X264 = [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-profile:v",
    "high",
    "-pix_fmt",
    "yuv420p",
    "-bf",
    "3",
    "-aq-strength",
    "0.7",
    "-sc_threshold",
    "0",
    "-flags",
    "+cgop",
]
AAC = ["-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000"]


class Nowhere:
    """A sink that throws everything away: storing is not what is measured."""

    def publish(self, name: str, path: Path, content_type: str) -> None:
        """Let go of a file."""

    def progress(self, rendition: str, state: str, fraction: float) -> None:
        """Let go of progress."""

    def facts(self, facts: MediaFacts) -> None:
        """Let go of facts."""


def run(full: bool) -> list[Row]:  # noqa: FBT001  the runner calls every benchmark like this
    """Measure against both limits in turn, five times each."""
    seconds = (20, 10) if full else (4, 2)
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory:
        place = Path(directory)
        try:
            large = make_master(place / "large.mov", size="1920x1080", seconds=seconds[0])
            small = make_master(place / "small.mov", size="1280x720", seconds=seconds[1])
            bare = pairs_of(large, ladder_only, place=place)
            separate = pairs_of(small, process_per_artefact, place=place)
        except (SandboxUnavailable, BuildFailed, subprocess.CalledProcessError) as error:
            raise CannotRun(str(error)) from error
    names = [f"CPU-s, {seconds[0]} s of 1080p ProRes: build / bare ladder"]
    names.append(f"CPU-s, {seconds[1]} s of 720p ProRes: build / process per artefact")
    return [
        compare(names[0], bare, at_most=LADDER_AT_MOST),
        compare(names[1], separate, at_most=SEPARATE_AT_MOST),
    ]


def pairs_of(
    master: Path, way: Callable[[Path, Path, VideoPlan], None], *, place: Path
) -> list[tuple[float, float]]:
    """Measure the product and one other way, interleaved."""
    plan = plan_video(probe(master, name=master.name, scratch=place))
    return interleaved(
        lambda: cpu_s(lambda work: whole_build(master, work), place / "work"),
        lambda: cpu_s(lambda work: way(master, work, plan), place / "work"),
    )


def make_master(path: Path, *, size: str, seconds: int) -> Path:
    """Make a hard, grainy ProRes master with a tone and timecode."""
    picture = f"testsrc2=s={size}:r=25,noise=alls=8:allf=t"
    sound = "sine=f=330:r=48000,aformat=channel_layouts=stereo"
    words = ["-f", "lavfi", "-t", str(seconds), "-i", picture, "-f", "lavfi", "-t", str(seconds), "-i", sound]
    words += ["-c:v", "prores", "-profile:v", "3", "-c:a", "pcm_s16le", "-timecode", "01:00:00:00", str(path)]
    call(*words)
    return path


def whole_build(master: Path, work: Path) -> None:
    """Run the product."""
    build(BuildRequest(source=master, workdir=work, name=master.name), Nowhere())


def ladder_only(master: Path, work: Path, plan: VideoPlan) -> None:
    """Run the limit: one decode, a chain of scales, HLS."""
    top, *lower = plan.rungs
    graph = [f"[0:v]scale={top.width}:{top.height}:flags=bicubic,format=yuv420p,split=2[r0][d1]"]
    for number, rung in enumerate(lower, 1):
        split = f"split=2[r{number}][d{number + 1}]" if number < len(lower) else f"null[r{number}]"
        graph.append(f"[d{number}]scale={rung.width}:{rung.height}:flags=bicubic,{split}")
    maps = [word for number in range(len(plan.rungs)) for word in ("-map", f"[r{number}]")]
    quality = [word for number, rung in enumerate(plan.rungs) for word in quality_of(rung, number)]
    streams = [*(f"v:{number},agroup:aud" for number in range(len(plan.rungs))), "a:0,agroup:aud,default:yes"]
    for number in range(len(streams)):
        (work / f"v{number}").mkdir()
    call(
        *[
            "-i",
            str(master),
            "-filter_complex",
            ";".join(graph),
            *maps,
            "-map",
            "0:a:0",
            *X264,
            *gop(plan),
            *quality,
        ],
        *[
            *AAC,
            "-f",
            "hls",
            "-hls_time",
            str(segment_s(plan)),
            "-hls_segment_type",
            "fmp4",
            "-hls_list_size",
            "0",
        ],
        *["-hls_playlist_type", "event", "-var_stream_map", " ".join(streams)],
        *["-master_pl_name", "master.m3u8", "-hls_segment_filename", "v%v/%05d.m4s", "v%v/index.m3u8"],
        work=work,
    )


def process_per_artefact(master: Path, work: Path, plan: VideoPlan) -> None:
    """Run the way of most peers: every artefact opens and decodes the master again."""
    source = ["-i", str(master)]
    hls = ["-f", "hls", "-hls_time", str(segment_s(plan)), "-hls_segment_type", "fmp4", "-hls_list_size", "0"]
    for rung in plan.rungs:
        (work / rung.name).mkdir()
        scale = ["-vf", f"scale={rung.width}:{rung.height}:flags=bicubic,format=yuv420p"]
        quality = [*X264, *gop(plan), *quality_of(rung, 0)]
        call(*source, "-map", "0:v:0", *scale, *quality, *hls, f"{rung.name}/index.m3u8", work=work)
    call(*source, "-map", "0:a:0", *AAC, *hls, "sound.m3u8", work=work)
    top = [*X264, *gop(plan), *quality_of(plan.rungs[0], 0), *AAC, "-movflags", "+faststart"]
    call(*source, "-vf", "format=yuv420p", *top, "proxy.mp4", work=work)
    for side in (1920, 1280, 300, 150):
        still = ["-frames:v", "1", "-vf", f"scale={side}:-2", "-c:v", "libwebp"]
        call("-ss", "1", *source, *still, f"{side}.webp", work=work)
    step = Fraction(plan.storyboard.step) / plan.timing.rate
    tiles = f"fps=1/{float(step)},scale=160:90,tile={plan.storyboard.columns}x{plan.storyboard.rows}"
    call(*source, "-vf", tiles, "-c:v", "libwebp", "-frames:v", "1", "sheet.webp", work=work)
    call(*source, "-map", "0:a:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "peaks.pcm", work=work)
    for judge in (["-af", "ebur128=peak=true", "-vn"], ["-af", "silencedetect=n=-60dB:d=1", "-vn"]):
        call(*source, *judge, "-f", "null", "-", work=work)
    for look in ("blackdetect=d=0.5:pix_th=0.10", "freezedetect=n=-60dB:d=1"):
        call(*source, "-vf", f"scale=640:360,{look}", "-an", "-f", "null", "-", work=work)


def quality_of(rung: Rung, number: int) -> list[str]:
    """Write one rung's quality and cap."""
    most = f"{rung.cap_kilobits * BELOW_CAP // 100}k"
    return [f"-crf:v:{number}", str(rung.crf), f"-maxrate:v:{number}", most, f"-bufsize:v:{number}", most]


def gop(plan: VideoPlan) -> list[str]:
    """Write the length of the groups of pictures."""
    return ["-g", str(plan.timing.gop), "-keyint_min", str(plan.timing.gop)]


def segment_s(plan: VideoPlan) -> float:
    """Give the length of a segment in seconds."""
    return plan.timing.segment_us / 1_000_000


def cpu_s(way: Callable[[Path], None], work: Path) -> float:
    """Measure user + system seconds of one way, children and this process, in a fresh folder."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    before = spent_s()
    way(work)
    return spent_s() - before


def spent_s() -> float:
    """Sum the processor time of this process and of all children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def call(*words: str, work: Path | None = None) -> None:
    """Run one ffmpeg."""
    subprocess.run([str(ffmpeg()), "-v", "fatal", "-nostdin", "-y", *words], check=True, cwd=work)
