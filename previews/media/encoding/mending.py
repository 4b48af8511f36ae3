"""Make the sound again when the build counted other frames than the probe; the picture is copied, never encoded."""

from fractions import Fraction
from pathlib import Path

from previews.media import sandbox
from previews.media.encoding.arguments import audio_argv, remux_argv
from previews.media.encoding.running import run_ffmpeg
from previews.media.facts import AudioFacts
from previews.media.failures import BuildFailed
from previews.media.packaging.playlists import Variant, listed_names, read_init, read_segment
from previews.media.recipes import Timing
from previews.media.tools import ffmpeg


def mend_sound(
    source: Path,
    *,
    sound: AudioFacts,
    timing: Timing,
    offset: Fraction,
    proxy: Path,
    scratch: Path,
    folder: str,
) -> Variant | None:
    """Encode the sound to the true length and put it into the proxy; give the HLS rendition under its new folder.

    Raises: BuildFailed when one of the two steps made nothing.
    """
    place = _with_folders(scratch / "mend")
    limits = sandbox.encode_limits(timing.duration_s, kilobits=20_000)
    run_ffmpeg(
        lambda progress_fd: audio_argv(
            ffmpeg(),
            source=source,
            sound=sound,
            timing=timing,
            offset=offset,
            has_wave=False,
            progress_fd=progress_fd,
        ),
        read=[source],
        scratch=place,
        limits=limits,
    )
    run_ffmpeg(
        lambda progress_fd: remux_argv(
            ffmpeg(), picture=proxy, sound=place / "mp4/proxy.mp4", timing=timing, progress_fd=progress_fd
        ),
        read=[proxy, place / "mp4/proxy.mp4"],
        scratch=place,
        limits=limits,
    )
    return _take(place, timing=timing, proxy=proxy, folder=folder)


def _with_folders(place: Path) -> Path:
    for name in ("enc/v0", "mp4"):
        (place / name).mkdir(parents=True, exist_ok=True)
    return place


def _take(place: Path, *, timing: Timing, proxy: Path, folder: str) -> Variant | None:
    """Put the remuxed proxy in the place of the old one and read the new sound's segments."""
    remuxed, playlist = place / "mp4/remuxed.mp4", place / "enc/v0/index.m3u8"
    if not remuxed.exists() or (timing.gops_per_segment and not playlist.exists()):
        raise BuildFailed("The sound could not be fitted to the picture. Try again.", permanent=False)
    remuxed.replace(proxy)
    if not timing.gops_per_segment:
        return None
    init, names, _ = listed_names(playlist.read_text())
    start = playlist.parent / Path(init or "init.mp4").name
    segments = tuple(read_segment(playlist.parent / Path(name).name) for name in names)
    return Variant(folder, is_audio=True, track=read_init(start), init=start, segments=segments)
