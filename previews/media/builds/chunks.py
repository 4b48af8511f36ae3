"""Parts of a film on their way between workers: the order, the archive of what was made, and both read back."""

import hashlib
import json
import re
import shutil
import tarfile
from dataclasses import asdict, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from previews.media.builds.parts import EncodedPart, PartJob, PartRung, encode_part
from previews.media.encoding.running import Progress
from previews.media.facts import MediaFacts, VideoFacts
from previews.media.failures import BuildFailed
from previews.media.outcome import Film
from previews.media.recipes import RECIPE_VERSION, VideoPlan, plan_video
from previews.media.recipes.parts import Part, held_timing

_FINDINGS = "findings.json"
_NAME = re.compile(r"v[0-9]{1,2}/(init\.mp4|[0-9]{5,}\.m4s)|img/[a-z0-9]+\.webp")


def order_of(film: Film, part: Part) -> dict[str, Any]:
    """Write down what a worker must know to encode one part: JSON-safe."""
    if film.facts.video is None:
        raise ValueError("these facts have no picture")
    timing = film.plan.timing
    return {
        "recipe": RECIPE_VERSION,
        "video": {
            key: str(value) if isinstance(value, Fraction) else value
            for key, value in asdict(replace(film.facts.video, copying=None)).items()
        },
        "gops_per_segment": timing.gops_per_segment,
        "frames": timing.frames,
        "part": asdict(part),
    }


def name_of(order: dict[str, Any]) -> str:
    """Name an order by what it says: the same order is the same part, whoever gives it and however often."""
    return hashlib.sha256(json.dumps(order, sort_keys=True).encode()).hexdigest()[:24]


def read_order(order: dict[str, Any]) -> tuple[VideoFacts, VideoPlan, Part]:
    """Read an order back.

    Raises: BuildFailed when it was given under another recipe.
    """
    if order["recipe"] != RECIPE_VERSION:
        raise BuildFailed("The previews are made differently by now. Try again.", permanent=False)
    rational = {each.name for each in fields(VideoFacts) if each.type is Fraction}
    told: dict[str, Any] = {
        key: Fraction(value) if key in rational else value for key, value in order["video"].items()
    }
    video = replace(VideoFacts(**told), frames=order["frames"])
    plan = plan_video(MediaFacts(kind="video", mime="", video=video))
    like = replace(plan.timing, gops_per_segment=order["gops_per_segment"])
    timing = held_timing(plan.timing, like=like)
    return video, replace(plan, timing=timing, has_audio=False), Part(**order["part"])


class Cutter:
    """Encodes ordered parts in a folder of its own."""

    def __init__(self, workdir: Path, *, threads: int = 0) -> None:
        """Take a scratch folder; `threads` 0 leaves the number to the encoder."""
        self._workdir = workdir
        self._threads = threads

    def make(self, order: dict[str, Any], source: Path, *, on_frames: Any) -> Path:
        """Encode a part of `source` and answer its archive; `on_frames` hears how many are done, and may raise.

        Raises: BuildFailed when it came out wrong; BoxesBroken when damaged.
        """
        video, plan, part = read_order(order)

        def tick(progress: Progress, _: EncodedPart) -> None:
            on_frames(min(progress.frame, part.frames), part.frames)

        made = encode_part(
            PartJob(
                source=source,
                video=video,
                plan=plan,
                part=part,
                place=self._workdir / "part",
                target=self._workdir / "enc",
                threads=self._threads,
            ),
            on_tick=tick,
        )
        return pack_part(made, self._workdir)


def pack_part(made: EncodedPart, workdir: Path) -> Path:
    """Put what was made of a part, segments already in their place, into one archive."""
    findings = {
        "black": made.black,
        "freeze": made.freeze,
        "decoded": made.decoded,
        "decode_errors": made.decode_errors,
        "messages": made.messages,
    }
    (workdir / _FINDINGS).write_text(json.dumps(findings))
    target = workdir / "part.tar"
    with tarfile.open(target, "w") as archive:
        archive.add(workdir / _FINDINGS, _FINDINGS)
        for number, rung in enumerate(made.rungs):
            if rung.init is None:
                raise BuildFailed("A part has no beginning. Try again.", permanent=False)
            archive.add(rung.init, f"v{number}/init.mp4")
            for path in rung.segments:
                archive.add(path, f"v{number}/{path.name}")
        for path in sorted((workdir / "part/img").glob("*.webp")):
            archive.add(path, f"img/{path.name}")
    return target


def unpack_part(archive: Path, part: Part, *, rungs: int, place: Path, target: Path) -> EncodedPart:
    """Lay the segments of an archive into the film's folders under `target`; the rest goes to `place`.

    Raises: BuildFailed when it is not an archive of ours, or not whole.
    """
    made = EncodedPart(part, [PartRung() for _ in range(rungs)])
    try:
        with tarfile.open(archive) as opened:
            for member in opened:
                if not member.isfile() or not (member.name == _FINDINGS or _NAME.fullmatch(member.name)):
                    raise BuildFailed("A part came back as something else. Try again.", permanent=False)
                opened.extract(member, place, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise BuildFailed("A part did not come back whole. Try again.", permanent=False) from error
    for key, value in json.loads((place / _FINDINGS).read_text()).items():
        setattr(made, key, [tuple(each) for each in value] if isinstance(value, list) else value)
    for number, rung in enumerate(made.rungs):
        folder = place / f"v{number}"
        rung.init = folder / "init.mp4"
        for path in sorted(folder.glob("*.m4s")):
            final = target / f"v{number}" / path.name
            final.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, final)
            rung.segments.append(final)
    return made
