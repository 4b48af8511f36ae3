"""What a build costs a machine: the lane it runs in, and how much work it is, from what a probe found."""

from __future__ import annotations

from dataclasses import dataclass

#: Codecs whose decoders need several cores or much memory at large sizes.
HEAVY_CODECS = frozenset(
    {
        "hevc",
        "av1",
        "vp9",
        "vvc",
        "prores",
        "dnxhd",
        "cfhd",
        "jpeg2000",
        "ffv1",
        "magicyuv",
        "rawvideo",
        "v210",
    }
)
#: Pixels of a picture beyond which such a codec counts as heavy, and beyond which every codec does.
HEAVY_PIXELS, LARGE_PIXELS = 2_400_000, 6_000_000
#: Decoding one million pixels, in times of encoding as many with the ladder's preset. Source: docs/previews.md,
#: "How long a build takes"; what is learnt per codec corrects it.
DECODING = {"prores": 0.5, "dnxhd": 0.35, "jpeg2000": 3.0, "av1": 0.3, "hevc": 0.25, "vp9": 0.25, "vvc": 1.0}
DECODING_USUALLY = 0.15
#: All rungs of a ladder together, in times of the top one.
LADDER_FACTOR = 1.75
LARGEST_SHORT_SIDE, MOST_RATE = 1080, 60
#: What every build pays however short: starting tools, probing, checks, storing; in millions of pixels.
BEGINNING_VIDEO, BEGINNING_SOUND, BEGINNING_STILL, BEGINNING_OTHER = 120.0, 60.0, 40.0, 20.0
SOUND_PER_S, STILL_PER_MEGAPIXEL, MEGABYTE_USUALLY = 0.5, 3.0, 8.0


@dataclass(frozen=True)
class Cost:
    """Units: `work` in millions of pixels encoded, or what takes as long."""

    lane: str
    work: float


def cost_of_video(
    *, codec: str, size: tuple[int, int], shown: tuple[int, int], frames: int, rate: float
) -> Cost:
    """Return the cost of a video of coded `size`, displayed as `shown`, in pixels; `rate` in frames per second."""
    pixels = size[0] * size[1]
    is_heavy = pixels > LARGE_PIXELS or (codec in HEAVY_CODECS and pixels > HEAVY_PIXELS)
    scale = min(1.0, LARGEST_SHORT_SIDE / max(1, min(shown)))
    encoded = shown[0] * shown[1] * scale**2 * LADDER_FACTOR * min(1.0, MOST_RATE / max(rate, 1.0))
    decoded = pixels * DECODING.get(codec, DECODING_USUALLY)
    return Cost(
        f"{'heavy' if is_heavy else 'plain'}/{codec}", BEGINNING_VIDEO + frames * (encoded + decoded) / 1e6
    )


def cost_of_sound(*, codec: str, duration_s: float) -> Cost:
    """Return the cost of sound alone."""
    return Cost(f"light/{codec}", BEGINNING_SOUND + SOUND_PER_S * duration_s)


def cost_of_still(*, pixels: int) -> Cost:
    """Return the cost of a still, or of a document's first page."""
    return Cost("light/still", BEGINNING_STILL + STILL_PER_MEGAPIXEL * pixels / 1e6)


def cost_of_other() -> Cost:
    """Return the cost of what only facts are read of."""
    return Cost("light/other", BEGINNING_OTHER)


def cost_of_bytes(*, kind: str, size_bytes: int) -> Cost:
    """Return the cost of what nobody has probed yet; its lane is not known."""
    beginning = {"video": BEGINNING_VIDEO, "audio": BEGINNING_SOUND}.get(kind, BEGINNING_STILL)
    per_megabyte = MEGABYTE_USUALLY if kind == "video" else 1.0
    return Cost("", beginning + per_megabyte * size_bytes / 1e6)
