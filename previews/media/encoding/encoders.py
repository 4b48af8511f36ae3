"""Write the encoders' words: x264 for every rung, with the packaging's promises (closed groups, one second each)."""

from previews.media.recipes import AUDIO_KILOBITS, B_FRAMES, PRESET, VideoPlan


def encoder_words(plan: VideoPlan, *, threads: int) -> list[str]:
    """Name the encoders of all rungs and of the sound; `threads` 0 leaves the number to the encoder."""
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
