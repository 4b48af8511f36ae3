"""Build the argv that lays a drawn watermark over a clean proxy: pure, and without a letter of the text."""

from dataclasses import dataclass
from pathlib import Path

from previews.media.encoding.arguments import clean_output, global_words, hls_slave, joined_graph, timescale
from previews.media.encoding.encoders import X264
from previews.media.encoding.inputs import hardened_input
from previews.media.recipes import AAC_FRAME, AUDIO_KILOBITS, AUDIO_RATE, Rung, Timing

_TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


@dataclass(frozen=True)
class Job:
    """One video to mark: `overlay` is a PNG that lies at `x`, `y` of the rung's picture."""

    proxy: Path
    overlay: Path
    x: int
    y: int
    rung: Rung
    timing: Timing
    has_sound: bool


def watermark_argv(tool: Path, job: Job, *, progress_fd: int) -> list[str]:
    """Build the one process that makes HLS and MP4; paths of outputs are relative to its working folder."""
    png = ["-protocol_whitelist", "file", "-f", "png_pipe", "-i", f"file:{job.overlay}"]
    maps = ["-map", "[marked]", *(["-map", "[heard]"] if job.has_sound else [])]
    outputs = [*maps, *_encoder(job), *clean_output(), *_muxer(job)]
    inputs = [*hardened_input(job.proxy), *png]
    return [*global_words(tool, progress_fd), *inputs, *joined_graph(_graph(job)), *outputs]


def _graph(job: Job) -> list[str]:
    rate, rung, timing = job.timing.rate, job.rung, job.timing
    graph = [
        f"[0:v:0]scale={rung.width}:{rung.height}:flags=bicubic,setsar=1,format=yuv420p[clean]",
        f"[clean][1:v:0]overlay={job.x}:{job.y}:format=yuv420:eof_action=repeat,format=yuv420p,{_TAGS},"
        f"settb={rate.denominator}/{rate.numerator},fps={rate},setpts=PTS-STARTPTS[marked]",
    ]
    if job.has_sound:
        graph.append(
            f"[0:a:0]aresample=async=1:first_pts=0,aformat=channel_layouts=stereo:sample_rates={AUDIO_RATE},"
            f"apad=whole_len={timing.audio_end},atrim=start_sample={AAC_FRAME}:end_sample={timing.audio_end}[heard]"
        )
    return graph


def _encoder(job: Job) -> list[str]:
    sound = ["-c:a", "aac", "-b:a", f"{AUDIO_KILOBITS}k"] if job.has_sound else []
    return [*X264.argv([job.rung], gop=job.timing.gop), *sound]


def _muxer(job: Job) -> list[str]:
    scale = str(timescale(job.timing.rate))
    if not job.timing.gops_per_segment:
        return ["-f", "mp4", "-movflags", "+faststart", "-video_track_timescale", scale, "mp4/proxy.mp4"]
    streams = "v:0,agroup:aud a:0,agroup:aud,default:yes" if job.has_sound else "v:0"
    slave = hls_slave(job.timing.segment_us, streams=streams)
    mp4 = f"[f=mp4:movflags=+faststart:video_track_timescale={scale}]mp4/proxy.mp4"
    return ["-f", "tee", "-flags", "+global_header", f"{slave}enc/v%v/index.m3u8|{mp4}"]
