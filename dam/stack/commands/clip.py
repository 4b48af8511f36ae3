"""Synthesise the demonstration clip: moving colour, a burnt-in frame counter and timecode, and sound."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from dam.stack.errors import StackError

WIDTH, HEIGHT, FRAME_RATE_HZ, SECONDS = 1280, 720, 25, 10
STRIP_HEIGHT = 132
FRAMES = FRAME_RATE_HZ * SECONDS
START_HOUR = 1

_PICTURE = (
    f"gradients=s={WIDTH}x{HEIGHT}:r={FRAME_RATE_HZ}:n=5:c0=0x0b1026:c1=0x1d3b6f:c2=0xb5485d:c3=0xf0b27a"
    ":c4=0x2a9d8f:type=linear:speed=0.02:seed=3"
)
_CLOUDS = f"perlin=s=320x180:r={FRAME_RATE_HZ}:octaves=3:persistence=0.6:xscale=2:yscale=2:tscale=0.4"
# A slow chord on both sides, and a short tone at every full second to hear whether sound and picture agree.
_SOUND = (
    "aevalsrc=exprs='0.10*sin(2*PI*110*t)+0.06*sin(2*PI*165*t+sin(t))+0.25*sin(2*PI*880*t)*lt(mod(t,1),0.04)"
    "|0.10*sin(2*PI*110.5*t)+0.06*sin(2*PI*220*t+cos(t))+0.25*sin(2*PI*880*t)*lt(mod(t,1),0.04)':s=48000"
)
_GRAPH = (
    f"[1:v]scale={WIDTH}:{HEIGHT}:flags=bicubic,format=gray,eq=contrast=1.6,format=gbrp[clouds];"
    "[0:v]format=gbrp[colour];[colour][clouds]blend=all_mode=softlight,vignette=PI/5[picture];"
    f"[picture][2:v]overlay=0:{HEIGHT - STRIP_HEIGHT},format=yuv420p[video]"
)


def timecode_of(frame: int) -> str:
    """Answer the burnt-in timecode of a frame, counted from one hour."""
    seconds, frames = divmod(frame, FRAME_RATE_HZ)
    return f"{START_HOUR:02d}:{seconds // 60:02d}:{seconds % 60:02d}:{frames:02d}"


def _strips() -> Iterator[bytes]:
    """Draw the lettering of each frame; RGBA rows of the lowest `STRIP_HEIGHT` pixels."""
    large, small = ImageFont.load_default(56), ImageFont.load_default(24)
    for frame in range(FRAMES):
        strip = Image.new("RGBA", (WIDTH, STRIP_HEIGHT), (8, 10, 16, 150))
        draw = ImageDraw.Draw(strip)
        draw.text((40, 26), timecode_of(frame), font=large, fill=(255, 255, 255, 255))
        draw.text((WIDTH - 40, 26), f"{frame:04d}", font=large, fill=(255, 214, 140, 255), anchor="ra")
        draw.text((40, 92), "timecode", font=small, fill=(255, 255, 255, 150))
        draw.text((WIDTH - 40, 92), "frame", font=small, fill=(255, 255, 255, 150), anchor="ra")
        draw.rectangle((0, 0, WIDTH * (frame + 1) // FRAMES, 5), fill=(42, 157, 143, 255))
        yield strip.tobytes()


def make_clip(target: Path, *, ffmpeg: Path) -> None:
    """Write the clip as H.264 and AAC in MP4, with a timecode track.

    Raises:
        StackError: with the end of what ffmpeg said.
    """
    argv = [
        *(str(ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _CLOUDS),
        *("-f", "rawvideo", "-pixel_format", "rgba", "-video_size", f"{WIDTH}x{STRIP_HEIGHT}"),
        *("-framerate", str(FRAME_RATE_HZ), "-i", "pipe:0", "-f", "lavfi", "-i", _SOUND),
        *("-filter_complex", _GRAPH, "-map", "[video]", "-map", "3:a", "-frames:v", str(FRAMES)),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", str(2 * FRAME_RATE_HZ)),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
        *("-c:a", "aac", "-b:a", "160k", "-t", str(SECONDS), "-timecode", timecode_of(0)),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        said = _feed(process)
    if process.returncode != 0:
        raise StackError(f"ffmpeg could not make the demonstration clip:\n{said[-1500:]}")


def _feed(process: "subprocess.Popen[bytes]") -> str:
    """Send every strip; answer what ffmpeg complained about."""
    if process.stdin is None or process.stderr is None:
        raise StackError("ffmpeg was started without its pipes")
    try:
        for strip in _strips():
            process.stdin.write(strip)
        process.stdin.close()
    except BrokenPipeError:
        process.wait()
    said: bytes = process.stderr.read()
    return said.decode(errors="replace")
