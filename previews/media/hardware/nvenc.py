"""NVENC's presets by codec. Their words are parsed by ffmpeg in the suite; which of them run, a trial on the card tells."""

from previews.media.encoding.encoders import Encoder
from previews.media.recipes import B_FRAMES

GOP_WORDS = ("-g",)
_COMMON = (
    *("-preset", "p4", "-tune", "hq", "-rc", "vbr", "-b:v", "0", "-multipass", "qres", "-rc-lookahead", "20"),
    *("-spatial-aq", "1", "-temporal-aq", "1", "-pix_fmt", "yuv420p"),
    # The contract of frames: every group closed and of one length, each of its keyframes an IDR picture.
    *("-forced-idr", "1", "-strict_gop", "1", "-no-scenecut", "1", "-flags", "+cgop"),
    *("-bf", str(B_FRAMES), "-b_ref_mode", "middle"),
)

H264 = Encoder(
    name="h264_nvenc",
    words=("-profile:v", "high", *_COMMON),
    gop_words=GOP_WORDS,
    quality="cq",
    quality_offset=4,
    is_hardware=True,
)
HEVC = Encoder(
    name="hevc_nvenc",
    words=("-profile:v", "main", *_COMMON),
    gop_words=GOP_WORDS,
    quality="cq",
    quality_offset=6,
    is_hardware=True,
)
AV1 = Encoder(
    name="av1_nvenc",
    words=_COMMON,
    gop_words=GOP_WORDS,
    quality="cq",
    quality_offset=12,
    is_hardware=True,
)
PRESETS = {"h264": H264, "hevc": HEVC, "av1": AV1}
"""By codec. The ladder is H.264; the others are for renditions that a player asks for by name."""
