"""Build ffmpeg's argv lists: pure functions from facts and plan to words. Nothing here runs anything.

One process makes everything from one decode: the `tee` muxer shares each encoder between HLS and MP4. The packaging
(no shift of timestamps, sound that starts one AAC frame in, so that priming lands before zero) makes the first frame
lie at 0 and every frame reachable in browsers and libav alike; docs/previews.md says how it was measured.
"""

from fractions import Fraction
from pathlib import Path

from previews.media.facts import AudioFacts, MediaFacts, VideoFacts
from previews.media.recipes import (
    AAC_FRAME,
    AUDIO_KILOBITS,
    AUDIO_RATE,
    B_FRAMES,
    PRESET,
    Rung,
    Timing,
    VideoPlan,
)

MAX_PIXELS = 64_000_000
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mxf,mpegts,mpeg,mpegvideo,avi,asf,flv,dv,ogg,wav,w64,aiff,flac,mp3,aac,ac3,caf"
"""Demuxers that may open a master; none of them follows a reference to another file."""

CODECS = (
    "h264,hevc,av1,libdav1d,libaom-av1,vp8,vp9,libvpx,libvpx-vp9,vvc,mpeg1video,mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,"
    "msmpeg4,h263,flv,vc1,wmv1,wmv2,wmv3,theora,prores,dnxhd,cfhd,mjpeg,jpeg2000,ffv1,huffyuv,"
    "ffvhuff,utvideo,magicyuv,v210,r210,rawvideo,qtrle,rpza,svq1,svq3,cinepak,hap,dvvideo,png,tiff,gif,webp,"
    "aac,aac_latm,ac3,eac3,mp1,mp1float,mp2,mp2float,mp3,mp3float,flac,alac,opus,libopus,vorbis,libvorbis,dca,truehd,"
    "mlp,wmav1,wmav2,wmapro,amrnb,amrwb,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_bluray,"
    "pcm_dvd,pcm_s24daud,pcm_s16le_planar,pcm_s24le_planar,pcm_s32le_planar,s302m"
)
"""Decoders that may touch a master's packets."""


def hardened_input(source: Path, *, threads: int = 0) -> list[str]:
    """Name an input with the allow-lists that must stand before every ``-i``."""
    return [
        *(["-threads", str(threads)] if threads else []),
        "-protocol_whitelist",
        "file,pipe",
        "-format_whitelist",
        FORMATS,
        "-codec_whitelist",
        CODECS,
        "-max_pixels",
        str(MAX_PIXELS),
        "-i",
        f"file:{source}",
    ]


def video_argv(
    tool: Path, *, source: Path, facts: MediaFacts, plan: VideoPlan, progress_fd: int, threads: int = 0
) -> list[str]:
    """Build the one process that makes every preview of a video.

    Paths of outputs are relative to the process's working folder; PCM for the waveform (48 kHz stereo s16le) comes on
    standard output, ``-progress`` blocks on `progress_fd`, QC findings and statistics on standard error.
    """
    if facts.video is None:
        raise ValueError("these facts have no picture")
    sound = facts.audio
    graphs = _joined(video_graph(facts.video, plan=plan))
    if sound is not None:
        graphs += _joined(
            sound_graph(sound, plan.timing, offset=facts.video.offset_s, is_encoded=plan.has_audio)
        )
    maps = [word for number in range(len(plan.rungs)) for word in ("-map", f"[r{number}]")]
    outputs = [*maps, *(["-map", "[aout]"] if plan.has_audio else []), *_encoder(plan, threads=threads)]
    outputs += _clean_output() + (_tee(plan) if plan.has_hls else _mp4(plan))
    for name, label in _picture_outputs(plan):
        outputs += [
            "-map",
            f"[{label}]",
            *_webp(82),
            "-frames:v",
            "1",
            "-f",
            "image2",
            "-update",
            "1",
            f"img/{name}",
        ]
    outputs += ["-map", "[story]", *_webp(70), "-fps_mode", "passthrough", "-start_number", "0"]
    outputs += ["-f", "image2", "img/storyboard-%03d.webp"]
    if sound is not None:
        outputs += pcm_output()
    return [*_global(tool, progress_fd), *hardened_input(source, threads=threads), *graphs, *outputs]


def video_graph(video: VideoFacts, *, plan: VideoPlan) -> list[str]:
    """Build the picture half of the filter graph: one decode, a chain of sizes, and what hangs off it."""
    top = plan.rungs[0]
    head = ",".join(
        [*_deinterlaced(video), *_constant_rate(video), *_scaled(video, top), "setsar=1", "format=yuv420p"]
    )
    count = len(plan.rungs)
    graph = [
        f"[0:{video.index}]{head},split={3 if count > 1 else 4}[r0][poster]{'[d1]' if count > 1 else '[sb][qc]'}"
    ]
    for number, rung in enumerate(plan.rungs[1:], 1):
        rest = f"split=2[r{number}][d{number + 1}]" if number + 1 < count else f"split=3[r{number}][sb][qc]"
        graph.append(f"[d{number}]scale={rung.width}:{rung.height}:flags=bicubic,{rest}")
    graph += _picture_graph(plan)
    story = plan.storyboard
    graph.append(
        f"[sb]framestep={story.step},scale={story.tile_width}:{story.tile_height}:flags=area,setsar=1,"
        f"tile={story.columns}x{story.rows}[story]"
    )
    graph.append("[qc]blackdetect=d=0.5:pix_th=0.10,freezedetect=n=-60dB:d=1,nullsink")
    return graph


def sound_graph(sound: AudioFacts, timing: Timing, *, offset: Fraction, is_encoded: bool) -> list[str]:
    """Build the sound half: loudness on the original channels, then stereo for the encoder and the waveform.

    `offset` seconds of sound before the first frame are cut, so that both begin at 0; late sound is padded.
    """
    shifted = f"asetpts=PTS-{offset.numerator}/{offset.denominator}/TB," if offset else ""
    encoded = f"[am]apad=whole_len={timing.audio_end},atrim=start_sample={AAC_FRAME}:end_sample={timing.audio_end}[aout]"
    return [
        f"[0:{sound.index}]{shifted}asplit=2[ac][al]",
        "[al]ebur128=peak=true:framelog=verbose,silencedetect=n=-60dB:d=1,anullsink",
        f"[ac]aresample=async=1:first_pts=0,aformat=channel_layouts=stereo:sample_rates={AUDIO_RATE}"
        + (",asplit=2[am][aw]" if is_encoded else "[aw]"),
        *([encoded] if is_encoded else []),
        "[aw]aformat=sample_fmts=s16[wave]",
    ]


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
    outputs = ["-map", "[aout]", "-c:a", "aac", "-b:a", f"{AUDIO_KILOBITS}k", *_clean_output()]
    if timing.gops_per_segment:
        slave = hls_slave(timing.segment_us, streams="a:0")
        outputs += ["-f", "tee", "-flags", "+global_header"]
        outputs += [f"{slave}enc/v%v/index.m3u8|[f=mp4:movflags=+faststart]mp4/proxy.mp4"]
    else:
        outputs += ["-f", "mp4", "-movflags", "+faststart", "mp4/proxy.mp4"]
    outputs += pcm_output() if has_wave else ["-map", "[wave]", "-f", "null", "-"]
    return [*_global(tool, progress_fd), *hardened_input(source), *_joined(graph), *outputs]


def remux_argv(tool: Path, *, picture: Path, sound: Path, timing: Timing, progress_fd: int) -> list[str]:
    """Build the process that gives a finished MP4 another sound track, without encoding."""
    return [
        *_global(tool, progress_fd),
        *hardened_input(picture),
        *hardened_input(sound),
        *["-map", "0:v", "-map", "1:a", "-c", "copy", *_clean_output(), "-movflags", "+faststart"],
        *["-video_track_timescale", str(_timescale(timing.rate)), "-f", "mp4", "mp4/remuxed.mp4"],
    ]


def decode_argv(tool: Path, *, source: Path, progress_fd: int) -> list[str]:
    """Build the process that decodes the picture of one of our own outputs and counts its frames."""
    return [
        *_global(tool, progress_fd),
        *["-threads", "1", *hardened_input(source)],
        *["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "null", "-"],
    ]


def hls_slave(segment_us: int, *, streams: str) -> str:
    """Write the options of the HLS half of a tee, escaped for tee's two rounds of unquoting."""
    escaped = streams.replace(":", "\\:")
    return (
        f"[f=hls:avoid_negative_ts=disabled:hls_time={segment_us // 1_000_000}.{segment_us % 1_000_000:06}"
        ":hls_playlist_type=event:hls_segment_type=fmp4:hls_list_size=0"
        ":hls_flags=independent_segments+temp_file:hls_segment_filename=enc/v%v/%05d.m4s"
        f":var_stream_map='{escaped}']"
    )


def pcm_output() -> list[str]:
    """Name the output that carries sound for the waveform."""
    return ["-map", "[wave]", "-f", "s16le", "pipe:1"]


def _global(tool: Path, progress_fd: int) -> list[str]:
    return [
        *[str(tool), "-hide_banner", "-nostdin", "-y", "-v", "level+verbose", "-nostats"],
        *["-progress", f"pipe:{progress_fd}", "-stats_period", "0.5"],
    ]


def _joined(graph: list[str]) -> list[str]:
    return ["-filter_complex", ";".join(graph)]


def _clean_output() -> list[str]:
    return ["-map_metadata", "-1", "-map_chapters", "-1"]


def _deinterlaced(video: VideoFacts) -> list[str]:
    """Deinterlace frame by frame, so that frame n stays frame n."""
    return ["bwdif=mode=send_frame:deint=interlaced"] if video.is_interlaced else []


def _constant_rate(video: VideoFacts) -> list[str]:
    """Put frames on an exact grid from 0: a constant rate is snapped, a variable one converted, above 60 thinned."""
    source = video.source_rate
    if video.is_variable:
        return [f"fps={video.rate}", "setpts=PTS-STARTPTS"]
    steps = [f"settb={source.denominator}/{source.numerator}", f"fps={source}", "setpts=PTS-STARTPTS"]
    thinned = source / video.rate
    return steps if thinned == 1 else [*steps, f"framestep={thinned.numerator}"]


def _scaled(video: VideoFacts, top: Rung) -> list[str]:
    """Scale to the top rung in display geometry and in bt709, limited range."""
    tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    size = f"scale={top.width}:{top.height}:flags=bicubic"
    if video.is_hdr:
        assumed = "setparams=color_primaries=bt2020:colorspace=bt2020nc"
        linear = "zscale=transfer=linear:npl=100,format=gbrpf32le,zscale=primaries=bt709"
        bright = "tonemap=tonemap=hable:desat=0,zscale=transfer=bt709:matrix=bt709:range=tv"
        return [size, assumed, linear, bright, "format=yuv420p", tags]
    return [f"{size}:in_color_matrix={video.matrix}:out_color_matrix=bt709:out_range=tv", tags]


def _picture_outputs(plan: VideoPlan) -> list[tuple[str, str]]:
    return [("poster.webp", "poster0"), *((f"{side}.webp", f"t{side}") for side, _, _ in plan.thumbnails)]


def _picture_graph(plan: VideoPlan) -> list[str]:
    frame = plan.poster_frame
    pictures = [
        ("poster0", *plan.poster),
        *((f"t{side}", wide, high) for side, wide, high in plan.thumbnails),
    ]
    labels = "".join(f"[{label}i]" for label, _, _ in pictures)
    cut = f"[poster]trim=start_frame={frame}:end_frame={frame + 1},split={len(pictures)}{labels}"
    return [cut, *(f"[{label}i]scale={wide}:{high}:flags=lanczos[{label}]" for label, wide, high in pictures)]


def _webp(quality: int) -> list[str]:
    return ["-c:v", "libwebp", "-q:v", str(quality), "-compression_level", "3", *_clean_output()]


def _encoder(plan: VideoPlan, *, threads: int) -> list[str]:
    timing = plan.timing
    words = [
        "-c:v",
        "libx264",
        "-preset",
        PRESET,
        "-profile:v",
        "high",
        "-pix_fmt",
        "yuv420p",
        "-bf",
        str(B_FRAMES),
    ]
    words += ["-g", str(timing.gop), "-keyint_min", str(timing.gop), "-sc_threshold", "0", "-flags", "+cgop"]
    for number, rung in enumerate(plan.rungs):
        cap = rung.cap_kilobits
        words += [f"-crf:v:{number}", str(rung.crf), f"-maxrate:v:{number}", f"{cap}k"]
        words += [f"-bufsize:v:{number}", f"{2 * cap}k"]
    if threads:
        words += ["-threads", str(threads)]
    return [*words, *(["-c:a", "aac", "-b:a", f"{AUDIO_KILOBITS}k"] if plan.has_audio else [])]


def _tee(plan: VideoPlan) -> list[str]:
    group = ",agroup:aud" if plan.has_audio else ""
    streams = [f"v:{number}{group}" for number in range(len(plan.rungs))]
    streams += ["a:0,agroup:aud,default:yes"] if plan.has_audio else []
    slave = hls_slave(plan.timing.segment_us, streams=" ".join(streams))
    chosen = "v:0,a" if plan.has_audio else "v:0"
    mp4 = f"[f=mp4:select=\\'{chosen}\\':movflags=+faststart:video_track_timescale={_timescale(plan.timing.rate)}]"
    return ["-f", "tee", "-flags", "+global_header", f"{slave}enc/v%v/index.m3u8|{mp4}mp4/proxy.mp4"]


def _mp4(plan: VideoPlan) -> list[str]:
    scale = str(_timescale(plan.timing.rate))
    return ["-f", "mp4", "-movflags", "+faststart", "-video_track_timescale", scale, "mp4/proxy.mp4"]


def _timescale(rate: Fraction) -> int:
    """Choose ticks per second so that every frame lasts a whole number of them."""
    scale = rate.numerator
    while scale < 10_000:
        scale *= 10
    return scale
