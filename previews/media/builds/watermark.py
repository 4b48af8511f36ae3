"""Watermarked copies of finished previews: pictures are drawn upon, videos are encoded anew from the clean proxy.

Nothing of a copy needs the master. The text goes through a file to a child that draws it as a picture; ffmpeg lays
that picture over the video and never sees a letter (decision 0095).
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from previews.media import sandbox
from previews.media.builds.frames_map import Numbering, publish_frame_map
from previews.media.builds.watermark_argv import Job, watermark_argv
from previews.media.encoding.running import Progress, run_ffmpeg
from previews.media.failures import BuildFailed
from previews.media.outcome import Rendition
from previews.media.packaging import checks
from previews.media.packaging.mp4box import BoxesBroken, read_tracks
from previews.media.packaging.playlists import MP4_TYPE, Variant
from previews.media.packaging.publishing import GrowingHls, Published
from previews.media.recipes import AAC_FRAME, Rung, Timing, plan_rungs, plan_timing
from previews.media.tools import ffmpeg

MARK_VERSION = 1
"""Counts up whenever the same text would come out differently; a part of every copy's address."""

POSITIONS = ("bottom_right", "bottom_left", "bottom", "top_right", "top_left", "top", "center", "tiled")
LONGEST_TEXT = 600
SHORT_SIDE = 720
"""Pixels of the short side of a watermarked video, where the source has them."""

CHILD = Path(__file__).with_name("watermark_child.py")
FONT = Path(__file__).parent.parent / "fonts" / "DejaVuSans.ttf"
_FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_MORE_FONTS = (
    "NotoSans",
    "NotoSerifCJK",
    "NotoEmoji-",
    "DroidSansFallback",
    "wqy-",
    "unifont",
    "ipag",
    "NanumGothic",
)
_MOST_FONTS = 64
_LIMITS = sandbox.Limits(memory_bytes=2 * sandbox.GIB, file_bytes=64 * sandbox.MIB, cpu_s=300, wall_s=300.0)


@dataclass(frozen=True)
class Mark:
    """What is drawn: the text as it will be read, one of `POSITIONS`, and 0 < `opacity` <= 1."""

    text: str
    position: str = POSITIONS[0]
    opacity: float = 0.4


@dataclass(frozen=True)
class Picture:
    """A clean picture and where its marked copy goes; `tile` is the size of a sheet's tiles, width x height."""

    source: Path
    out: Path
    tile: tuple[int, int] | None = None


@dataclass(frozen=True)
class Area:
    """Where an overlay lies on the picture, in pixels."""

    x: int
    y: int
    width: int
    height: int


def digest_of(sha256: str, *, recipe: str, mark: Mark) -> str:
    """Return the digest that stands for a marked copy in the place of the clean one's.

    Source: architecture, "previews bucket": SHA-256 of digest, recipe and text.
    """
    parts = (sha256, f"{recipe}/mark{MARK_VERSION}", json.dumps(asdict(mark), sort_keys=True))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def plain_text(text: str) -> str:
    """Return a text fit to be drawn: composed, without control characters or marks that reorder what is read."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", " ")
    kept = "".join(each for each in composed if each == "\n" or not _is_hidden(each))
    lines = (" ".join(line.split()) for line in kept.split("\n"))
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]


def _is_hidden(letter: str) -> bool:
    reorders = (
        "\u200e" <= letter <= "\u200f" or "\u202a" <= letter <= "\u202e" or "\u2066" <= letter <= "\u2069"
    )
    return reorders or unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")


@cache
def fonts() -> tuple[Path, ...]:
    """Return the fonts that text is drawn with: ours, then what this machine has for other scripts."""
    found = [
        path
        for folder in _FONT_FOLDERS
        if folder.is_dir()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".ttf", ".otf", ".ttc")
        and path.name.startswith(_MORE_FONTS)
        and not any(
            word in path.stem for word in ("Bold", "Italic", "Color", "Light", "Thin", "Black", "Mono")
        )
    ]
    return (FONT, *found[:_MOST_FONTS])


def mark_pictures(mark: Mark, pictures: Sequence[Picture], *, scratch: Path) -> None:
    """Draw the mark onto finished pictures.

    Raises: BuildFailed when one of them did not come out.
    """
    _draw(mark, pictures=pictures, scratch=scratch)
    for each in pictures:
        if not each.out.exists():
            raise BuildFailed("A watermarked picture came out empty. Try again.", permanent=False)


def draw_overlay(mark: Mark, *, size: tuple[int, int], out: Path) -> Area:
    """Draw the mark into a transparent PNG for a picture of this size, and say where it belongs.

    Raises: BuildFailed when it could not be drawn.
    """
    [area] = _draw(mark, overlays=[(size, out)], scratch=out.parent)
    return area


def _draw(
    mark: Mark,
    *,
    scratch: Path,
    pictures: Sequence[Picture] = (),
    overlays: Sequence[tuple[tuple[int, int], Path]] = (),
) -> list[Area]:
    order = {
        **asdict(mark),
        "fonts": [str(path) for path in fonts()],
        "overlays": [{"width": size[0], "height": size[1], "out": str(out)} for size, out in overlays],
        "pictures": [
            {"source": str(each.source), "out": str(each.out), "tile": each.tile} for each in pictures
        ],
    }
    written = scratch / "mark.json"
    written.write_text(json.dumps(order), encoding="utf-8")
    argv = sandbox.python(CHILD, str(written))
    ended = sandbox.run(argv, read=[CHILD, *fonts()], scratch=scratch, limits=_LIMITS)
    if ended.code != 0:
        raise BuildFailed(f"The watermark could not be drawn ({ended.stderr[-200:]}).", permanent=False)
    return [Area(**each) for each in json.loads(ended.stdout)]


def mark_video(
    mark: Mark,
    *,
    proxy: Path,
    rate: Fraction,
    published: Published,
    scratch: Path,
    on_progress: Callable[[float], None],
    timecode: tuple[str | None, bool | None] = (None, None),
) -> tuple[Rendition, ...]:
    """Burn the mark into one rung, as HLS and MP4, frame for frame from the clean proxy; publish while it grows.

    Units and shapes: `rate` frames per second of the proxy; `on_progress` gets 0..1; `timecode` is that of frame 0,
    and whether it drops.
    Raises: BuildFailed when it came out wrong.
    """
    job = _job(mark, proxy=proxy, rate=rate, scratch=scratch)
    for folder in ("enc", "mp4"):
        (scratch / folder).mkdir(parents=True, exist_ok=True)
    hls = _growing(job, published=published, scratch=scratch) if job.timing.gops_per_segment else None
    try:
        variants = _encode(job, hls=hls, scratch=scratch, on_progress=on_progress)
        _refuse_complaints(job, variants, made=scratch / "mp4/proxy.mp4")
    except (BoxesBroken, IndexError) as error:
        raise BuildFailed("The watermarked copy came out damaged. Try again.", permanent=False) from error
    pictures = [(job.rung.name, each) for each in variants if not each.is_audio]
    made = _publish(job, variants, hls=hls, published=published, scratch=scratch)
    numbering = Numbering(job.timing, *timecode)
    publish_frame_map(
        numbering, rungs=pictures, proxy=scratch / "mp4/proxy.mp4", published=published, scratch=scratch
    )
    return made


def marked_rung(width: int, height: int) -> Rung:
    """Choose the one size of a watermarked video: 720 where the source has it, else what there is."""
    rungs = plan_rungs(width, height)
    return next((rung for rung in rungs if min(rung.width, rung.height) <= SHORT_SIDE), rungs[-1])


def _job(mark: Mark, *, proxy: Path, rate: Fraction, scratch: Path) -> Job:
    tracks = read_tracks(proxy)
    picture = next((track for track in tracks if track.handler == "vide"), None)
    if picture is None:
        raise BuildFailed("There is no picture to watermark.", permanent=True)
    timing = plan_timing(picture.samples, rate=rate)
    rung = marked_rung(picture.width, picture.height)
    png = scratch / "mark.png"
    area = draw_overlay(mark, size=(rung.width, rung.height), out=png)
    has_sound = any(track.handler == "soun" for track in tracks) and timing.audio_end >= 2 * AAC_FRAME
    return Job(proxy=proxy, overlay=png, x=area.x, y=area.y, rung=rung, timing=timing, has_sound=has_sound)


def _growing(job: Job, *, published: Published, scratch: Path) -> GrowingHls:
    return GrowingHls(
        published,
        scratch=scratch,
        pictures=1,
        has_audio=job.has_sound,
        rate=job.timing.rate,
        target_s=job.timing.segment_us / 1_000_000,
    )


def _encode(
    job: Job, *, hls: GrowingHls | None, scratch: Path, on_progress: Callable[[float], None]
) -> tuple[Variant, ...]:
    def tick(progress: Progress) -> None:
        if hls is not None:
            hls.poll()
        on_progress(min(0.99, progress.frame / job.timing.frames))

    ran = run_ffmpeg(
        lambda progress_fd: watermark_argv(ffmpeg(), job, progress_fd=progress_fd),
        read=[job.proxy, job.overlay],
        scratch=scratch,
        limits=sandbox.encode_limits(job.timing.duration_s, kilobits=job.rung.cap_kilobits + 1000),
        on_tick=tick,
    )
    if ran.is_killed:
        raise BuildFailed("The watermarked copy took too long and was stopped. Try again.", permanent=False)
    return checks.with_good_tails(hls.variants() if hls is not None else (), job.timing)


def _refuse_complaints(job: Job, variants: Sequence[Variant], *, made: Path) -> None:
    sound_end = job.timing.audio_end if job.has_sound else 0
    found = checks.check_proxy(made, timing=job.timing, sound_end=sound_end)
    if job.timing.gops_per_segment:
        found += checks.check_rungs([each for each in variants if not each.is_audio], job.timing)
        found += checks.check_sound(next((each for each in variants if each.is_audio), None), job.timing)
    if found:
        raise BuildFailed(f"The watermarked copy came out wrong ({found[0]}). Try again.", permanent=False)


def _publish(
    job: Job, variants: Sequence[Variant], *, hls: GrowingHls | None, published: Published, scratch: Path
) -> tuple[Rendition, ...]:
    renditions = []
    if hls is not None:
        for variant in variants:
            hls.publish_segments(variant)
        hls.finish(variants)
        names = tuple(sorted(name for name in published.names if name.startswith("hls/")))
        renditions.append(Rendition(job.rung.name, "hls", job.rung.width, job.rung.height, names))
    published.file("mp4/proxy.mp4", scratch / "mp4/proxy.mp4", content_type=MP4_TYPE)
    meta = {"frame_rate": _text(job.timing), "frame_count": job.timing.frames, "first_pts": 0.0}
    renditions.append(Rendition("mp4", "mp4", job.rung.width, job.rung.height, ("mp4/proxy.mp4",), meta))
    return tuple(renditions)


def _text(timing: Timing) -> str:
    return f"{timing.rate.numerator}/{timing.rate.denominator}"
