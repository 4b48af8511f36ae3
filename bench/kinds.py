"""`kinds`: what is made of every kind of source, and the processor time of it; writes the table in docs/previews.md.

The product is a whole build, the limit a bare decode of the same file in the same run. Both are told in seconds of
user + system for a minute of media (of a still: for a hundred files), and neither is judged: the table is for whoever
plans machines.
"""

import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.preview_cpu import Nowhere, call, cpu_s
from bench.report import CannotRun, Row
from previews.media.engine import BuildFailed, BuildRequest, BuildResult, build
from previews.media.sandbox import SandboxUnavailable

DOCS = Path(__file__).resolve().parent.parent / "docs" / "previews.md"
BEGIN, END = "<!-- kinds: written by `bin/dam bench kinds` -->", "<!-- kinds end -->"
PICTURE = "testsrc2=s={size}:r={rate},noise=alls=4:allf=t"
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-crf", "23"]
PLAIN = [
    "-vf",
    "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv",
    "-flags",
    "+cgop",
]
X265 = [
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-pix_fmt",
    "yuv420p10le",
    "-x265-params",
    "log-level=none",
]
PQ = ["-vf", "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"]
PCM, AAC = ["-c:a", "pcm_s16le"], ["-c:a", "aac"]
FILES = 100
"""Stills have no minutes."""


@dataclass(frozen=True)
class Kind:
    """One row: a name for people, the file's extension, and how to make it."""

    name: str
    extension: str
    words: tuple[str, ...]
    size: str = "1920x1080"
    rate: str = "25"
    shape: str = "both"


KINDS = (
    Kind("ProRes 422 HQ, 1080p25, MOV", "mov", ("-c:v", "prores_ks", "-profile:v", "3", *PCM)),
    Kind(
        "ProRes 4444 with alpha, 1080p25",
        "mov",
        ("-c:v", "prores_ks", "-profile:v", "4", "-pix_fmt", "yuva444p10le"),
    ),
    Kind("DNxHR HQ, 1080p25, MXF", "mxf", ("-c:v", "dnxhd", "-profile:v", "dnxhr_hq", *PCM)),
    Kind(
        "H.264, 1080p25, MP4, used as it is", "mp4", (*X264, *PLAIN, "-g", "50", "-sc_threshold", "0", *AAC)
    ),
    Kind("H.264, 1080p25, MKV, encoded", "mkv", (*X264, *PLAIN, "-g", "50", "-sc_threshold", "0", *AAC)),
    Kind("H.264, 1080p59.94, MKV", "mkv", (*X264, *AAC), rate="60000/1001"),
    Kind("HEVC 10-bit, 1080p25, MP4", "mp4", (*X265, "-tag:v", "hvc1", *AAC)),
    Kind("HEVC 10-bit PQ, 1080p25, tone-mapped", "mp4", (*PQ, *X265, "-tag:v", "hvc1", *AAC)),
    Kind("AV1, 1080p25, MKV", "mkv", ("-c:v", "libsvtav1", "-preset", "12", *AAC)),
    Kind(
        "MPEG-2 interlaced, 1080i25, TS",
        "ts",
        ("-c:v", "mpeg2video", "-q:v", "4", "-flags", "+ildct+ilme", "-c:a", "mp2"),
    ),
    Kind("H.264, 720p25, MKV", "mkv", (*X264, *AAC), size="1280x720"),
    Kind("WAV, 48 kHz stereo", "wav", (*PCM,), shape="sound"),
    Kind("MP3, stereo", "mp3", ("-c:a", "libmp3lame"), shape="sound"),
    Kind("JPEG, 12 megapixels", "jpg", ("-q:v", "3"), size="4000x3000", shape="still"),
    Kind("PNG, 12 megapixels", "png", (), size="4000x3000", shape="still"),
)


def run(full: bool) -> list[Row]:  # noqa: FBT001  the runner calls every benchmark like this
    """Measure every kind and write the table."""
    seconds, repeats = (10, 5) if full else (2, 1)
    rows, lines = [], []
    with tempfile.TemporaryDirectory(prefix="dam-bench-") as directory:
        place = Path(directory)
        for number, kind in enumerate(KINDS):
            try:
                master = make(kind, place / f"{number}.{kind.extension}", seconds=seconds)
                row, made = measured(kind, master, place=place, seconds=seconds, repeats=repeats)
            except (SandboxUnavailable, BuildFailed, subprocess.CalledProcessError) as error:
                raise CannotRun(f"{kind.name}: {error}") from error
            master.unlink()
            rows.append(row)
            unit = "100 files" if kind.shape == "still" else "minute"
            lines.append(
                f"| {kind.name} | {told(made)} | {row.product:.0f} s per {unit} | {row.limit:.0f} s |"
            )
    write_table(lines)
    return rows


def make(kind: Kind, path: Path, *, seconds: int) -> Path:
    """Make one source."""
    picture = ["-f", "lavfi", "-t", str(seconds), "-i", PICTURE.format(size=kind.size, rate=kind.rate)]
    sound = ["-f", "lavfi", "-t", str(seconds), "-i", "sine=f=330:r=48000,aformat=channel_layouts=stereo"]
    inputs = {"both": picture + sound, "sound": sound, "still": [*picture, "-frames:v", "1"]}[kind.shape]
    call(*inputs, *kind.words, str(path))
    return path


def measured(kind: Kind, master: Path, *, place: Path, seconds: int, repeats: int) -> tuple[Row, BuildResult]:
    """Measure whole builds and bare decodes in turn."""
    results: list[BuildResult] = []
    pairs = []
    for _ in range(repeats):
        whole = cpu_s(lambda work: results.append(whole_build(master, work)), place / "work")
        pairs.append((whole, cpu_s(lambda work: bare_decode(master, work), place / "work")))
    scale = FILES if kind.shape == "still" else 60 / seconds
    ratios = [product / limit for product, limit in pairs]
    unit = "100 files" if kind.shape == "still" else "minute of media"
    row = Row(
        measure=f"{kind.name}: CPU-s per {unit}, build / bare decode",
        product=scale * statistics.median(product for product, _ in pairs),
        limit=scale * statistics.median(limit for _, limit in pairs),
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
    )
    return row, results[-1]


def whole_build(master: Path, work: Path) -> BuildResult:
    """Run the product."""
    return build(BuildRequest(source=master, workdir=work, name=master.name, threads=1), Nowhere())


def bare_decode(master: Path, work: Path) -> None:
    """Decode everything and throw it away."""
    call("-threads", "1", "-i", str(master), "-f", "null", "-", work=work)


def told(result: BuildResult) -> str:
    """Say what was made, rungs together."""
    names = [each.name for each in result.renditions]
    rungs = [name for name in names if name.endswith("p") and name[:-1].isdigit()]
    words = {"audio": "sound", "mp4": "MP4"}
    ladder = [f"rungs {', '.join(name[:-1] for name in rungs)}"] if rungs else []
    return ", ".join(ladder + [words.get(name, name) for name in names if name not in rungs])


def write_table(lines: list[str]) -> None:
    """Put the table between its marks in the documentation."""
    head = ["| source | made | whole build | of it bare decoding |", "|---|---|---|---|"]
    text = DOCS.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if rest:
        table = "\n".join([BEGIN, *head, *lines, END])
        DOCS.write_text(before + table + after, encoding="utf-8")
