"""Build ffmpeg's filter graphs: pure functions from facts and plan to words."""

from fractions import Fraction

from previews.media.encoding.qc import CLIP_WINDOW_S
from previews.media.facts import AudioFacts, VideoFacts
from previews.media.recipes import AAC_FRAME, AUDIO_RATE, Rung, Timing, VideoPlan
from previews.media.recipes.parts import Part, entry_of

_WIDE = {"bt2020": "bt2020", "display-p3": "smpte432", "dci-p3": "smpte431"}
"""Colours beyond bt709 without high dynamic range, as the filters name them."""


_TELEVISION = ("mpeg1video", "mpeg2video", "vc1")
_SAYS_ITS_SIZE = {
    *("h264", "hevc", "vvc", "av1", "vp8", "vp9", "mpeg4", "h263", "flv1", *_TELEVISION),
}
"""Codings whose pictures say how large they are, so that it can change midway."""
_SQUEEZED = (
    "(eq(ih,480)+eq(ih,486)+eq(ih,576))*(eq(iw,720)+eq(iw,704)+eq(iw,544)+eq(iw,528)+eq(iw,352))"
    "+eq(iw,480)*eq(ih,576)+eq(iw,1440)*(eq(ih,1080)+eq(ih,1088))+eq(iw,960)*eq(ih,720)"
)
_ALIKE = 0.02

FOR_WEBP = "in_color_matrix=bt709:out_color_matrix=smpte170m:in_range=tv:out_range=tv"
"""A WebP has no word for its matrix: every reader takes bt601. Source: RFC 9649, 2.5."""

LEVELLED = "dec:0"
"""Where the graph takes a sound from that `levelled` makes."""


def video_graph(video: VideoFacts, *, plan: VideoPlan, part: Part | None = None) -> list[str]:
    """Build the picture half of the filter graph: one decode, a chain of sizes, and what hangs off it.

    Of a `part` only its own frames come out; the poster set comes with the first, and no storyboard with any.
    """
    top = plan.rungs[0]
    steady = constant_rate(video, part=part)
    head = ",".join(
        [*same_size(video), *deinterlaced(video), *steady, *scaled(video, top), "setsar=1", "format=yuv420p"]
    )
    has_poster = part is None or part.first == 0
    last = "[sb][qc]" if part is None and plan.has_storyboard else "[qc]"
    top_out = f"{'[r0]' if top in plan.encoded else ''}{'[poster]' if has_poster else ''}"
    graph = [_split(f"[0:{video.index}]{head}", top_out, plan, 1, last)]
    for number, rung in enumerate(plan.rungs[1:], 1):
        # Without it a size that is rounded to even sides would ask players to squeeze its pixels.
        scale = f"[d{number}]scale={rung.width}:{rung.height}:flags=bicubic,setsar=1"
        graph.append(_split(scale, f"[r{number}]", plan, number + 1, last))
    graph += picture_graph(plan) if has_poster else []
    if part is not None:
        # Every frame's verdict, so that what crosses a cut can be put together; `findings` forgets the short ones.
        return [*graph, "[qc]blackdetect=d=0:pix_th=0.10,freezedetect=n=-60dB:d=0,nullsink"]
    story = plan.storyboard
    if plan.has_storyboard:
        graph.append(
            f"[sb]framestep={story.step},scale={story.tile_width}:{story.tile_height}:flags=area:{FOR_WEBP},setsar=1,"
            f"tile={story.columns}x{story.rows}[story]"
        )
    graph.append("[qc]blackdetect=d=0.5:pix_th=0.10,freezedetect=n=-60dB:d=1,nullsink")
    return graph


def _split(chain: str, labels: str, plan: VideoPlan, following: int, last: str) -> str:
    """Let a size go to its encoder and taps, and on to the next smaller one; `last` hangs off the smallest."""
    wanted = labels + (f"[d{following}]" if following < len(plan.rungs) else last)
    return f"{chain},split={wanted.count('[')}{wanted}"


def sound_graph(sound: AudioFacts, timing: Timing, *, offset: Fraction, is_encoded: bool) -> list[str]:
    """Build the sound half: loudness on the original channels, then stereo for the encoder and the waveform.

    `offset` seconds of sound before the first frame are cut, so that both begin at 0; late sound is padded.
    """
    shifted = f"asetpts=PTS-{offset.numerator}/{offset.denominator}/TB," if offset else ""
    encoded = f"[am]apad=whole_len={timing.audio_end},atrim=start_sample={AAC_FRAME}:end_sample={timing.audio_end}[aout]"
    return [
        f"{_heard(sound)}{shifted}asplit=2[ac][al]",
        f"[al]ebur128=peak=true:framelog=verbose,silencedetect=n=-60dB:d=1,{_clipping(sound)},anullsink",
        f"[ac]aresample=async=1:first_pts=0,{_both_sides(sound)}aformat=channel_layouts=stereo:sample_rates={AUDIO_RATE}"
        + (",asplit=2[am][aw]" if is_encoded else "[aw]"),
        *([encoded] if is_encoded else []),
        "[aw]aformat=sample_fmts=s16[wave]",
    ]


def levelled(sound: AudioFacts) -> list[str]:
    """Bring a sound that changes midway to one layout and rate, in front of the graph that the picture shares.

    A change begins the filters of its graph anew. Here that is one that forgets nothing; what it makes is
    decoded again, as the input `LEVELLED` of the other. Source: ffmpeg's "loopback decoders", since 7.1.
    """
    if not sound.is_changing:
        return []
    shape = f"aformat=channel_layouts={sound.layout}:sample_rates={sound.sample_rate}:sample_fmts=flt"
    return [
        *["-map", f"0:{sound.index}", "-af", shape, "-c:a", "pcm_f32le", "-f", "null", "-"],
        *["-dec", "0:0"],
    ]


def _clipping(sound: AudioFacts) -> str:
    """Report the pieces of sound in which several samples in a row stand at full scale, where a converter cuts."""
    samples = max(1, round(sound.sample_rate * CLIP_WINDOW_S))
    flat, peak = "lavfi.astats.Overall.Flat_factor", "lavfi.astats.Overall.Peak_level"
    return (
        f"aformat=sample_fmts=s16,asetnsamples={samples}:p=0,"
        "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level+Flat_factor,"
        f"ametadata=mode=select:key={peak}:value=-0.01:function=greater,"
        f"ametadata=mode=print:key={flat}:value=0:function=greater"
    )


def _heard(sound: AudioFacts) -> str:
    """Name the input, mono streams joined to the one sound that they are together; ends where a filter may follow."""
    if sound.is_changing:
        return f"[{LEVELLED}]"
    if not sound.members:
        return f"[0:{sound.index}]"
    inputs = "".join(f"[0:{index}]" for index in sound.members)
    places = "|".join(f"{number}.0-{place}" for number, place in enumerate(sound.layout.split("+")))
    return f"{inputs}join=inputs={len(sound.members)}:channel_layout={sound.layout}:map={places},"


def _both_sides(sound: AudioFacts) -> str:
    """Give one channel to both sides at its own level, and two of many to a side each."""
    if sound.pair is not None:
        return f"pan=stereo|c0=c{sound.pair[0]}|c1=c{sound.pair[1]},"
    return "pan=stereo|c0=c0|c1=c0," if sound.channels == 1 else ""


def takes_any_size(video: VideoFacts) -> bool:
    """Tell whether the first filter that looks at the picture is a scaler, which follows a change of size midway.

    ffmpeg turns a picture in front of all filters that are ours.
    """
    if video.is_turned or video.rotation:
        return False
    return _may_change(video) or not (video.is_interlaced or video.has_alpha)


def _may_change(video: VideoFacts) -> bool:
    return video.codec in _SAYS_ITS_SIZE and not (video.is_turned or video.rotation)


def same_size(video: VideoFacts) -> list[str]:
    """Bring pictures of another size to the first one's, so that all filters behind see one size.

    Where pixels are square, another shape is laid on black. Where they are not, or the size is one that
    television stores squeezed pictures in, it fills the same frame: ffmpeg keeps the first picture's aspect for all.
    """
    if not _may_change(video):
        return []
    wide, high = video.coded_width, video.coded_height
    if (video.display_width, video.display_height) != (wide, high) or video.codec in _TELEVISION:
        return [f"scale={wide}:{high}:interl=-1:flags=bicubic"]
    shape = f"{wide}/{high}"
    # Shapes that differ by less than sizes are rounded by are the same.
    fits_width = f"if({_SQUEEZED}+gt(iw/ih,{shape}*{1 - _ALIKE}),{wide},4*trunc({high}*iw/ih/4))"
    fits_height = f"if({_SQUEEZED}+lt(iw/ih,{shape}*{1 + _ALIKE}),{high},4*trunc({wide}*ih/iw/4))"
    return [
        f"scale=w='{fits_width}':h='{fits_height}':eval=frame:interl=-1:flags=bicubic",
        f"pad={wide}:{high}:(ow-iw)/2:(oh-ih)/2:eval=frame",
    ]


def deinterlaced(video: VideoFacts) -> list[str]:
    """Deinterlace frame by frame, so that frame n stays frame n."""
    return ["bwdif=mode=send_frame:deint=interlaced"] if video.is_interlaced else []


def constant_rate(video: VideoFacts, *, part: Part | None = None) -> list[str]:
    """Put frames on an exact grid from 0: a constant rate is snapped, a variable one converted, above 60 thinned.

    A `part` that begins later drops what is decoded before its first frame, and each but the last ends on time.
    """
    source = video.source_rate
    entered = ""
    if part is not None and part.first:
        entered = f":start_time={float(entry_of(part, video).lead_s):.9f}"
    ended = [f"trim=end_frame={part.frames}"] if part is not None and not part.is_last else []
    if video.is_variable:
        return [f"fps={video.rate}{entered}", "setpts=PTS-STARTPTS", *ended]
    steps = [
        f"settb={source.denominator}/{source.numerator}",
        *(["setpts=N"] if video.is_renumbered else []),
        f"fps={source}{entered}",
        "setpts=PTS-STARTPTS",
    ]
    thinned = source / video.rate
    return [*steps, *([] if thinned == 1 else [f"framestep={thinned.numerator}"]), *ended]


def scaled(video: VideoFacts, top: Rung) -> list[str]:
    """Scale to the top rung in display geometry and in bt709, limited range; what is transparent lies on black."""
    tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    size = f"scale={top.width}:{top.height}:flags=bicubic"
    flat = ["premultiply=inplace=1"] if video.has_alpha else []
    if video.is_hdr:
        transfer = "arib-std-b67" if video.transfer == "hlg" else "smpte2084"
        assumed = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
        linear = "zscale=transfer=linear:npl=100,format=gbrpf32le,zscale=primaries=bt709"
        bright = "tonemap=tonemap=hable:desat=0,zscale=transfer=bt709:matrix=bt709:range=tv"
        return [*flat, size, assumed, linear, bright, "format=yuv420p", tags]
    plain = f"{size}:in_color_matrix={video.matrix}:out_color_matrix=bt709:out_range=tv"
    if video.primaries in _WIDE:
        wide = f"setparams=color_primaries={_WIDE[video.primaries]}:color_trc=bt709:colorspace=bt709"
        return [*flat, plain, wide, "zscale=primaries=bt709:transfer=bt709:matrix=bt709:range=tv", tags]
    return [*flat, plain, tags]


def picture_graph(plan: VideoPlan) -> list[str]:
    """Cut the poster's frame and make every size of it."""
    frame = plan.poster_frame
    pictures = [
        ("poster0", *plan.poster),
        *((f"t{side}", wide, high) for side, wide, high in plan.thumbnails),
    ]
    labels = "".join(f"[{label}i]" for label, _, _ in pictures)
    cut = f"[poster]trim=start_frame={frame}:end_frame={frame + 1},split={len(pictures)}{labels}"
    return [
        cut,
        *(
            f"[{label}i]scale={wide}:{high}:flags=lanczos:{FOR_WEBP}[{label}]"
            for label, wide, high in pictures
        ),
    ]
