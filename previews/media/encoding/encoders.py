"""What an encoder is driven with: plain data, and the words that it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass

from previews.media.recipes import AUDIO_KILOBITS, B_FRAMES, PRESET, Rung, VideoPlan

BELOW_CAP = 88
"""Per cent of a rung's cap that its encoder may use, with a buffer of one second, which begins nearly full.

What the buffer holds comes on top of the rate: with the whole cap and two seconds of buffer a hard clip of two seconds
was a quarter above its cap. So no clip of two seconds or longer is above it (`bin/dam bench preview-quality`).
"""


@dataclass(frozen=True)
class Encoder:
    """One encoder of ffmpeg with the words that every rung shares.

    `quality` names the option of constant quality; a rung's own value, which is meant for x264, is raised by
    `quality_offset`. `gop_words` are put in front of the length of a group of pictures. All of it must keep the
    contract of frames: closed groups of one length, no keyframe at a scene's change, 8 bits 4:2:0.
    """

    name: str
    words: tuple[str, ...]
    gop_words: tuple[str, ...]
    quality: str
    quality_offset: int = 0
    is_hardware: bool = False

    def argv(self, rungs: Sequence[Rung], *, gop: int, threads: int = 0) -> list[str]:
        """Write the options of the picture encoders of all rungs, each with its quality and cap."""
        written = [word for option, value in self._shared(gop, threads) for word in (option, value)]
        for number, rung in enumerate(rungs):
            written += self._own(rung, number)
        return written

    def argv_beside_copy(self, rungs: Sequence[Rung], *, gop: int, first: int, threads: int = 0) -> list[str]:
        """Write the same for streams `first` and on alone, where another stream of the output is copied."""
        written = []
        for number, rung in enumerate(rungs, first):
            for option, value in self._shared(gop, threads):
                written += [f"{option.removesuffix(':v')}:v:{number}", value]
            written += self._own(rung, number)
        return written

    def _shared(self, gop: int, threads: int) -> list[tuple[str, str]]:
        pairs = [("-c:v", self.name), *zip(self.words[::2], self.words[1::2], strict=True)]
        pairs += [(word, str(gop)) for word in self.gop_words]
        return [*pairs, ("-threads", str(threads))] if threads else pairs

    def _own(self, rung: Rung, number: int) -> list[str]:
        most = f"{rung.cap_kilobits * BELOW_CAP // 100}k"
        return [
            *[f"-{self.quality}:v:{number}", str(rung.crf + self.quality_offset)],
            *[f"-maxrate:v:{number}", most, f"-bufsize:v:{number}", most],
        ]


X264 = Encoder(
    name="libx264",
    words=(
        *("-preset", PRESET, "-profile:v", "high", "-pix_fmt", "yuv420p", "-bf", str(B_FRAMES)),
        # Less than the usual 1.0: bits stay with grain and texture instead of moving into flat areas, which gains half a
        # point of VMAF where the cap binds (decision 0091).
        *("-aq-strength", "0.7", "-sc_threshold", "0", "-flags", "+cgop"),
    ),
    gop_words=("-g", "-keyint_min"),
    quality="crf",
)
"""The encoder of every machine, and the fall-back of those that have another."""


def encoder_words(plan: VideoPlan, *, threads: int, encoder: Encoder = X264) -> list[str]:
    """Name the encoders of all rungs and of the sound; `threads` 0 leaves the number to the encoder."""
    sound = ["-c:a", "aac", "-b:a", f"{AUDIO_KILOBITS}k"] if plan.has_audio else []
    gop = plan.timing.gop
    if plan.copied == "nothing":
        return [*encoder.argv(plan.rungs, gop=gop, threads=threads), *sound]
    first, own = (1, 0) if plan.copied == "rung" else (0, len(plan.encoded))
    words = encoder.argv_beside_copy(plan.encoded, gop=gop, first=first, threads=threads)
    return [*words, f"-c:v:{own}", "copy", *sound]
