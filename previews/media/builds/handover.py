"""Hand the judged files of a video's build to the sink, and say what they are."""

import json
from typing import Any

from previews.media.builds.audio import JSON_TYPE
from previews.media.builds.frames_map import FRAME_MAP, Numbering, publish_frame_map
from previews.media.builds.underway import POSTERS, Build
from previews.media.encoding.storyboard import sheet_names, write_vtt
from previews.media.outcome import Rendition
from previews.media.packaging.playlists import MP4_TYPE

VTT_TYPE = "text/vtt"


def hand_over(build: Build, document: dict[str, Any] | None) -> tuple[Rendition, ...]:
    """Publish what is not yet stored, playlists last, and name every rendition; `document` is the waveform's."""
    published, scratch, plan = build.published, build.scratch, build.plan
    for name in POSTERS:
        published.picture(f"img/{name}", scratch / "img" / name)
    renditions = [
        Rendition("poster", "image", *plan.poster, ("img/poster.webp",)),
        *_publish_hls(build),
        _publish_mp4(build),
        Rendition(
            "thumbnails", "image", *plan.thumbnails[-1][1:], tuple(f"img/{name}" for name in POSTERS[1:])
        ),
        *([_publish_storyboard(build)] if plan.has_storyboard else []),
    ]
    if document is not None:
        text = json.dumps(document, separators=(",", ":"))
        published.text("img/waveform.json", text, scratch=scratch, content_type=JSON_TYPE)
        renditions.append(Rendition("waveform", "waveform", None, None, ("img/waveform.json",)))
    renditions.append(_publish_frame_map(build))
    for name in plan.renditions:
        build.report(name, 1.0, state="succeeded")
    return tuple(renditions)


def _publish_frame_map(build: Build) -> Rendition:
    facts = build.facts
    pictures = (
        [variant for variant in build.variants if not variant.is_audio] if build.hls is not None else []
    )
    publish_frame_map(
        Numbering(build.plan.timing, facts.start_timecode, facts.drop_frame),
        rungs=list(zip((rung.name for rung in build.plan.rungs), pictures, strict=False)),
        proxy=build.proxy,
        published=build.published,
        scratch=build.scratch,
    )
    return Rendition("frames", "image", None, None, (FRAME_MAP,))


def _publish_hls(build: Build) -> list[Rendition]:
    if build.hls is None:
        return []
    for variant in build.variants:
        build.hls.publish_segments(variant)
    build.hls.finish(build.variants)
    names = [rung.name for rung in build.plan.rungs] + ["audio"]
    renditions = []
    for name, variant in zip(names, build.variants, strict=False):
        folder = f"hls/{variant.folder}/"
        files = [
            f"{folder}index.m3u8",
            f"{folder}init.mp4",
            *(folder + part.name for part in variant.segments),
        ]
        wide, high = (None, None) if variant.is_audio else (variant.track.width, variant.track.height)
        meta = {"bandwidth": variant.peak_bits, "codecs": variant.track.codec, "first_pts": 0.0}
        renditions.append(
            Rendition(name, "audio" if variant.is_audio else "hls", wide, high, tuple(files), meta)
        )
    return renditions


def _publish_mp4(build: Build) -> Rendition:
    top, timing = build.plan.rungs[0], build.plan.timing
    build.published.file("mp4/proxy.mp4", build.proxy, content_type=MP4_TYPE)
    rate = f"{timing.rate.numerator}/{timing.rate.denominator}"
    meta = {"frame_rate": rate, "frame_count": timing.frames, "first_pts": 0.0}
    return Rendition("mp4", "mp4", top.width, top.height, ("mp4/proxy.mp4",), meta)


def _publish_storyboard(build: Build) -> Rendition:
    story = build.plan.storyboard
    sheets = [f"img/{name}" for name in sheet_names(story)]
    for name in sheets:
        build.published.picture(name, build.scratch / name)
    text = write_vtt(story, build.plan.timing)
    build.published.text("img/storyboard.vtt", text, scratch=build.scratch, content_type=VTT_TYPE)
    size = (story.columns * story.tile_width, story.rows * story.tile_height)
    return Rendition("storyboard", "storyboard", *size, ("img/storyboard.vtt", *sheets))
