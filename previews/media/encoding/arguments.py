"""Build ffmpeg's argv lists: pure functions from facts and plan to words. Nothing here runs anything.

One process makes everything from one decode: the `tee` muxer shares each encoder between HLS and MP4. The packaging
(no shift of timestamps, sound that starts one AAC frame in, so that priming lands before zero) makes the first frame
lie at 0 and every frame reachable in browsers and libav alike; docs/previews.md says how it was measured.
"""

from fractions import Fraction
from pathlib import Path

from previews.media.encoding.encoders import X264, Encoder, encoder_words
from previews.media.encoding.graphs import levelled, sound_graph, takes_any_size, video_graph
from previews.media.encoding.inputs import hardened_input
from previews.media.facts import AudioFacts, MediaFacts
from previews.media.recipes import AUDIO_KILOBITS, Timing, VideoPlan


def video_argv(
    tool: Path,
    *,
    source: Path,
    facts: MediaFacts,
    plan: VideoPlan,
    progress_fd: int,
    threads: int = 0,
    encoder: Encoder = X264,
) -> list[str]:
    """Build the one process that makes every preview of a video.

    Paths of outputs are relative to the process's working folder; PCM for the waveform (48 kHz stereo s16le) comes on
    standard output, ``-progress`` blocks on `progress_fd`, QC findings and statistics on standard error.
    """
    if facts.video is None:
        raise ValueError("these facts have no picture")
    sound = facts.audio
    graphs = joined_graph(video_graph(facts.video, plan=plan))
    if sound is not None:
        graphs += joined_graph(
            sound_graph(sound, plan.timing, offset=facts.video.offset_s, is_encoded=plan.has_audio)
        )
    outputs = [
        *_picture_maps(plan, index=facts.video.index),
        *(["-map", "[aout]"] if plan.has_audio else []),
        *encoder_words(plan, threads=threads, encoder=encoder),
    ]
    outputs += clean_output() + (_tee(plan) if plan.has_hls else _mp4(plan))
    for name, label in picture_outputs(plan):
        still = ["-frames:v", "1", "-f", "image2", "-update", "1", f"img/{name}"]
        outputs += ["-map", f"[{label}]", *webp_words(82), *still]
    if plan.has_storyboard:
        outputs += ["-map", "[story]", *webp_words(70), "-fps_mode", "passthrough", "-start_number", "0"]
        outputs += ["-f", "image2", "img/storyboard-%03d.webp"]
    if sound is not None:
        outputs += pcm_output()
    read = hardened_input(source, threads=threads, keeps_graph=takes_any_size(facts.video))
    level = levelled(sound) if sound is not None else []
    return [*global_words(tool, progress_fd), *read, *level, *graphs, *outputs]


def audio_argv(
    tool: Path,
    *,
    source: Path,
    sound: AudioFacts,
    timing: Timing,
    offset: Fraction,
    has_wave: bool,
    progress_fd: int,
) -> list[str]:
    """Build the process for sound alone: AAC as HLS (``enc/v0``) and MP4, loudness, and PCM when `has_wave`."""
    graph = sound_graph(sound, timing, offset=offset, is_encoded=True)
    outputs = ["-map", "[aout]", "-c:a", "aac", "-b:a", f"{AUDIO_KILOBITS}k", *clean_output()]
    if timing.gops_per_segment:
        slave = hls_slave(timing.segment_us, streams="a:0")
        outputs += ["-f", "tee", "-flags", "+global_header"]
        outputs += [f"{slave}enc/v%v/index.m3u8|[f=mp4:movflags=+faststart]mp4/proxy.mp4"]
    else:
        outputs += ["-f", "mp4", "-movflags", "+faststart", "mp4/proxy.mp4"]
    outputs += pcm_output() if has_wave else ["-map", "[wave]", "-f", "null", "-"]
    read = [*hardened_input(source), *levelled(sound)]
    return [*global_words(tool, progress_fd), *read, *joined_graph(graph), *outputs]


def remux_argv(tool: Path, *, picture: Path, sound: Path, timing: Timing, progress_fd: int) -> list[str]:
    """Build the process that gives a finished MP4 another sound track, without encoding."""
    return [
        *global_words(tool, progress_fd),
        *hardened_input(picture),
        *hardened_input(sound),
        *["-map", "0:v", "-map", "1:a", "-c", "copy", *clean_output(), "-movflags", "+faststart"],
        *["-video_track_timescale", str(timescale(timing.rate)), "-f", "mp4", "mp4/remuxed.mp4"],
    ]


def decode_argv(tool: Path, *, source: Path, progress_fd: int) -> list[str]:
    """Build the process that decodes the picture of one of our own outputs and counts its frames."""
    return [
        *global_words(tool, progress_fd),
        *["-threads", "1", *hardened_input(source)],
        *["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "null", "-"],
    ]


def hls_slave(segment_us: int, *, streams: str, more: str = "") -> str:
    """Write the options of the HLS half of a tee, escaped for tee's two rounds of unquoting."""
    escaped = streams.replace(":", "\\:")
    return (
        f"[f=hls:avoid_negative_ts=disabled:hls_time={segment_us // 1_000_000}.{segment_us % 1_000_000:06}"
        ":hls_playlist_type=event:hls_segment_type=fmp4:hls_list_size=0"
        ":hls_flags=independent_segments+temp_file:hls_segment_filename=enc/v%v/%05d.m4s"
        f":var_stream_map='{escaped}'{more}]"
    )


def pcm_output() -> list[str]:
    """Name the output that carries sound for the waveform."""
    return ["-map", "[wave]", "-f", "s16le", "pipe:1"]


def global_words(tool: Path, progress_fd: int) -> list[str]:
    """Begin every command line: quiet input, telling output, progress on its own descriptor."""
    return [
        *[str(tool), "-hide_banner", "-nostdin", "-y", "-v", "level+verbose", "-nostats"],
        *["-progress", f"pipe:{progress_fd}", "-stats_period", "0.5"],
    ]


def joined_graph(graph: list[str]) -> list[str]:
    """Pass a graph as one word."""
    return ["-filter_complex", ";".join(graph)]


def clean_output() -> list[str]:
    """Carry no metadata of the source into an output."""
    return ["-map_metadata", "-1", "-map_chapters", "-1"]


def picture_outputs(plan: VideoPlan) -> list[tuple[str, str]]:
    """Name the pictures of one moment and the labels of the graph that they come from."""
    return [("poster.webp", "poster0"), *((f"{side}.webp", f"t{side}") for side, _, _ in plan.thumbnails)]


def webp_words(quality: int) -> list[str]:
    """Encode a picture as WebP."""
    return ["-c:v", "libwebp", "-q:v", str(quality), "-compression_level", "3", *clean_output()]


def _picture_maps(plan: VideoPlan, *, index: int) -> list[str]:
    """Map the encoded rungs, and the master's own picture: as the first of them, or behind them for the proxy alone."""
    encoded = [f"[r{number}]" for number, rung in enumerate(plan.rungs) if rung in plan.encoded]
    own = [f"0:{index}"]
    streams = {"nothing": encoded, "rung": own + encoded, "proxy": encoded + own}[plan.copied]
    return [word for stream in streams for word in ("-map", stream)]


def _tee(plan: VideoPlan) -> list[str]:
    group = ",agroup:aud" if plan.has_audio else ""
    streams = [f"v:{number}{group}" for number in range(len(plan.rungs))]
    streams += ["a:0,agroup:aud,default:yes"] if plan.has_audio else []
    top, listed = "v:0", ""
    if plan.copied == "proxy":
        top = f"v:{len(plan.rungs)}"
        shown = ",".join([f"v:{number}" for number in range(len(plan.rungs))] + ["a"] * plan.has_audio)
        listed = f":select=\\'{shown}\\'"
    slave = hls_slave(plan.timing.segment_us, streams=" ".join(streams), more=listed)
    chosen = f"{top},a" if plan.has_audio else top
    mp4 = f"[f=mp4:select=\\'{chosen}\\':movflags=+faststart:video_track_timescale={timescale(plan.timing.rate)}]"
    return ["-f", "tee", "-flags", "+global_header", f"{slave}enc/v%v/index.m3u8|{mp4}mp4/proxy.mp4"]


def _mp4(plan: VideoPlan) -> list[str]:
    scale = str(timescale(plan.timing.rate))
    return ["-f", "mp4", "-movflags", "+faststart", "-video_track_timescale", scale, "mp4/proxy.mp4"]


def timescale(rate: Fraction) -> int:
    """Choose ticks per second so that every frame lasts a whole number of them."""
    scale = rate.numerator
    while scale < 10_000:
        scale *= 10
    return scale
