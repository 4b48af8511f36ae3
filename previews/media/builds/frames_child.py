"""The child that cuts one exact frame out of our own MP4 proxy; writes a WebP.

Runs alone (``python -I frames_child.py PROXY FRAME OUT RATE``) inside the sandbox; it must import nothing of the house.
Exit code 3 means that the clip has no such frame.
"""

import sys
from fractions import Fraction
from typing import Any

import av

_NO_SUCH_FRAME = 3


def main() -> None:
    """Seek to the keyframe before, decode forward, and save the frame whose time is exactly its own."""
    proxy, number, out, rate = sys.argv[1], int(sys.argv[2]), sys.argv[3], Fraction(sys.argv[4])
    options = {"protocol_whitelist": "file", "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2"}
    with av.open(f"file:{proxy}", options=options) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        base = stream.time_base or Fraction(1)
        wanted = Fraction(number) / rate / base
        if wanted.denominator != 1:
            sys.exit(_NO_SUCH_FRAME)
        container.seek(int(wanted), stream=stream, backward=True)
        frame: Any
        for frame in container.decode(stream):
            if frame.pts is None or frame.pts < wanted:
                continue
            if frame.pts == wanted:
                frame.to_image().save(out, "WEBP", quality=90, method=4)
                return
            break
    sys.exit(_NO_SUCH_FRAME)


if __name__ == "__main__":
    main()
