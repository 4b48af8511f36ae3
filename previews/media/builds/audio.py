"""Previews of sound alone: AAC as HLS and MP4, waveform, loudness, from one decode."""

import json
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from previews.media import sandbox
from previews.media.builds.stills import build_still, render_still
from previews.media.encoding.arguments import audio_argv
from previews.media.encoding.running import Progress, Ran, run_ffmpeg
from previews.media.encoding.waveform import Waveform
from previews.media.facts import AudioFacts, MediaFacts
from previews.media.failures import BuildFailed
from previews.media.outcome import BuildRequest, BuildResult, Rendition, Sink
from previews.media.packaging import checks
from previews.media.packaging.mp4box import BoxesBroken
from previews.media.packaging.playlists import AUDIO_MP4_TYPE, Variant
from previews.media.packaging.publishing import GrowingHls, Published
from previews.media.probing.probe import COVER
from previews.media.probing.sniff import HEAD_BYTES, sniff
from previews.media.recipes import COVER_RENDITIONS, AudioPlan, plan_audio
from previews.media.tools import ffmpeg

JSON_TYPE = "application/json"
WHOLE = 0.99
"""A build that plays less than this share of what the file declares is partial."""


def build_audio(request: BuildRequest, *, facts: MediaFacts, published: Published, sink: Sink) -> BuildResult:
    """Encode, check and publish.

    Raises: BuildFailed when nothing playable came out.
    """
    sound = facts.audio
    if sound is None:
        raise ValueError("these facts have no sound")
    plan, scratch = plan_audio(facts), request.workdir
    (scratch / "mp4").mkdir(parents=True, exist_ok=True)
    hls = _growing(plan, published=published, scratch=scratch)
    waveform = Waveform(rate=plan.waveform_rate)
    ran, variants = _encode(request, sound=sound, plan=plan, hls=hls, waveform=waveform, sink=sink)
    _refuse_failure(ran)
    document = waveform.finish()
    _refuse_complaints(scratch, plan, variants=variants, document=document)
    renditions = _publish(published, hls, scratch=scratch, variants=variants, document=document)
    for name in plan.renditions:
        if name not in COVER_RENDITIONS:
            sink.progress(name, "succeeded", 1.0)
    if plan.has_cover:
        renditions += _publish_cover(published, scratch=scratch, sink=sink)
    meta = {
        "media": facts.meta["media"],
        "loudness": ran.log.measured_loudness(),
        "exif": {},
        "qc": ran.log.qc(),
    }
    reason = cut_reason(facts.readable, plays_s=sound.duration_s, whole_s=facts.declared_s)
    return BuildResult(
        "partial" if reason else "ready", reason, facts, meta, renditions, frozenset(published.names)
    )


def _growing(plan: AudioPlan, *, published: Published, scratch: Path) -> GrowingHls | None:
    if not plan.has_hls:
        return None
    target = plan.timing.segment_us / 1_000_000
    return GrowingHls(published, scratch=scratch, pictures=0, has_audio=True, rate=None, target_s=target)


def _encode(
    request: BuildRequest,
    *,
    sound: AudioFacts,
    plan: AudioPlan,
    hls: GrowingHls | None,
    waveform: Waveform,
    sink: Sink,
) -> tuple[Ran, tuple[Variant, ...]]:
    """Run the one ffmpeg, publishing segments as they close."""

    def on_tick(progress: Progress) -> None:
        if hls is not None:
            hls.poll()
        fraction = min(1.0, progress.out_time_us / 1_000_000 / max(0.001, plan.timing.duration_s))
        for name in plan.renditions:
            sink.progress(name, "running", fraction)

    try:
        ran = run_ffmpeg(
            partial(_argv, request=request, sound=sound, plan=plan),
            read=[request.source],
            scratch=request.workdir,
            limits=sandbox.encode_limits(plan.timing.duration_s, kilobits=1000),
            on_tick=on_tick,
            waveform=waveform,
        )
        return ran, hls.variants() if hls is not None else ()
    except BoxesBroken as error:
        raise BuildFailed(
            "The previews came out damaged and were thrown away. Try again.", permanent=False
        ) from error


def cut_reason(fraction: float, *, plays_s: float, whole_s: float | None) -> str | None:
    """Say how much of a damaged or cut file plays, of `whole_s` seconds that it declares; None when it is all."""
    if fraction >= WHOLE:
        return None
    whole = whole_s if whole_s and whole_s > plays_s else plays_s / max(fraction, 0.001)
    return (
        f"The file is cut short or damaged: {plays_s:.1f} of {whole:.1f} seconds play "
        f"({max(1, int(fraction * 100))} %). Upload the whole file as a new version."
    )


def _publish_cover(published: Published, *, scratch: Path, sink: Sink) -> tuple[Rendition, ...]:
    """Make the poster of a sound's cover; one that can't be read is no reason to fail the sound."""
    cover = scratch / COVER
    try:
        with cover.open("rb") as file:
            found = sniff(file.read(HEAD_BYTES), name=COVER)
        still = render_still(cover, facts=MediaFacts(kind="image", mime=found.mime), scratch=scratch)
        return build_still(still, published=published, scratch=scratch, sink=sink).renditions
    except (BuildFailed, OSError):
        for name in COVER_RENDITIONS:
            sink.progress(name, "failed", 0.0)
        return ()


def _argv(progress_fd: int, *, request: BuildRequest, sound: AudioFacts, plan: AudioPlan) -> list[str]:
    return audio_argv(
        ffmpeg(),
        source=request.source,
        sound=sound,
        timing=plan.timing,
        offset=Fraction(0),
        has_wave=True,
        progress_fd=progress_fd,
    )


def _refuse_failure(ran: Ran) -> None:
    if ran.is_killed:
        raise BuildFailed(
            "Encoding took too long or too much memory and was stopped. Try again.", permanent=False
        )
    if not ran.log.decoded.get("audio"):
        raise BuildFailed("No sound could be decoded: the file is damaged. Export it again.", permanent=True)


def _refuse_complaints(
    scratch: Path, plan: AudioPlan, *, variants: tuple[Variant, ...], document: dict[str, Any]
) -> None:
    end = plan.timing.audio_end
    found = checks.check_proxy(scratch / "mp4/proxy.mp4", timing=None, sound_end=end)
    found += checks.check_sound(variants[0] if variants else None, plan.timing)
    found += checks.check_waveform(document, heard_s=0)
    if found:
        raise BuildFailed(
            f"The previews came out wrong ({found[0]}) and were thrown away. Try again.", permanent=False
        )


def _publish(
    published: Published,
    hls: GrowingHls | None,
    *,
    scratch: Path,
    variants: tuple[Variant, ...],
    document: dict[str, Any],
) -> tuple[Rendition, ...]:
    renditions = []
    published.file("mp4/proxy.mp4", scratch / "mp4/proxy.mp4", content_type=AUDIO_MP4_TYPE)
    if hls is not None:
        hls.finish(variants)
        names = tuple(sorted(name for name in published.names if name.startswith("hls/")))
        renditions.append(
            Rendition("audio", "audio", None, None, names, {"bandwidth": variants[0].peak_bits})
        )
    renditions.append(Rendition("mp4", "mp4", None, None, ("mp4/proxy.mp4",)))
    text = json.dumps(document, separators=(",", ":"))
    published.text("img/waveform.json", text, scratch=scratch, content_type=JSON_TYPE)
    renditions.append(Rendition("waveform", "waveform", None, None, ("img/waveform.json",)))
    return tuple(renditions)
