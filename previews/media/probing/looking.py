"""Look at the first decoded pictures of a stream. The probing child runs it by its path, alone."""

from typing import Any

import av
import av.container
import av.error

_LOOKED_AT, _FIELDS_LOOKED_AT = 2, 8
_PACKETS_TO_FIRST_FRAME = 400
_TRANSFERS = {1: "bt709", 6: "smpte170m", 8: "linear", 13: "srgb", 14: "bt2020-10", 16: "pq", 18: "hlg"}
_PRIMARIES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020", 11: "dci-p3", 12: "display-p3"}
_MATRICES = {0: "rgb", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc", 10: "bt2020c"}
_RANGES = {1: "limited", 2: "full"}


def look(container: av.container.InputContainer, stream: Any) -> dict[str, Any]:
    """Decode the first frames: what only a decoded picture tells.

    Shapes: "begins" times of the first packet that was read; "first" ticks of the stream at which the first picture that decodes is shown, None where that isn't told;
    "times" those of the first frames of interlaced H.264, whose fields may be packets of their own.
    """
    context = stream.codec_context
    context.thread_count = 1
    frames: list[Any] = []
    begins = None
    try:
        container.seek(0, backward=True, any_frame=False)
        for number, packet in enumerate(container.demux(stream)):
            begins = begins or (packet.pts, packet.dts)
            frames += packet.decode()
            is_paired = context.name == "h264" and any(frame.interlaced_frame for frame in frames)
            if (
                len(frames) >= (_FIELDS_LOOKED_AT if is_paired else _LOOKED_AT)
                or number > _PACKETS_TO_FIRST_FRAME
            ):
                break
    except av.error.FFmpegError:
        frames = frames or []
    is_interlaced = any(frame.interlaced_frame for frame in frames)
    return {
        "decoded": len(frames),
        "begins": begins,
        "first": frames[0].pts if frames else None,
        "times": [frame.pts for frame in frames if frame.pts is not None] if is_interlaced else [],
        "rotation": frames[0].rotation % 360 if frames else 0,
        "interlaced": is_interlaced or int(context.field_order or 0) > 1,
        "is_turned": any(
            "DISPLAYMATRIX" in str(each.type) for frame in frames[:1] for each in frame.side_data
        ),
        "has_alpha": _has_alpha(frames[0].format if frames else context.format),
        "color": _colour([*frames[:1], context]),
    }


def _colour(sources: list[Any]) -> dict[str, str | None]:
    return {
        "primaries": _first_known(_PRIMARIES, "color_primaries", sources),
        "transfer": _first_known(_TRANSFERS, "color_trc", sources),
        "matrix": _first_known(_MATRICES, "colorspace", sources),
        "range": _first_known(_RANGES, "color_range", sources),
    }


def _first_known(names: dict[int, str], attribute: str, sources: list[Any]) -> str | None:
    """Name what the decoded picture says, else what the container says."""
    return next(
        (names[value] for each in sources if (value := int(getattr(each, attribute) or 0)) in names), None
    )


def _has_alpha(shape: Any) -> bool:
    return (
        shape is not None
        and (len(shape.components) in (2, 4))
        and not shape.name.startswith(("0", "x", "p010"))
    )
