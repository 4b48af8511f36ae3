"""Hand finished files to the sink while the encode runs, always in an order that plays."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from previews.media.packaging.mp4box import BoxesBroken, Track
from previews.media.packaging.playlists import (
    HLS_TYPE,
    MP4_TYPE,
    SEGMENT_TYPE,
    Segment,
    Variant,
    listed_names,
    master_playlist,
    media_playlist,
    read_init,
    read_segment,
)

WEBP_TYPE = "image/webp"
_RIFF_HEADER = 8


class Publish(Protocol):
    """The one method of the engine's sink that is needed here."""

    def publish(self, name: str, path: Path, content_type: str) -> None:
        """Store one finished file."""


class Published:
    """Remembers every name that was stored."""

    def __init__(self, sink: Publish) -> None:
        """Start with nothing stored."""
        self._sink = sink
        self.names: set[str] = set()

    def file(self, name: str, path: Path, *, content_type: str) -> None:
        """Store one file under its name."""
        self._sink.publish(name, path, content_type)
        self.names.add(name)

    def text(self, name: str, content: str, *, scratch: Path, content_type: str) -> None:
        """Write a small text file into scratch and store it."""
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        self.file(name, path, content_type=content_type)

    def picture(self, name: str, path: Path) -> bool:
        """Store a WebP once, as soon as it is complete; tell whether it is stored."""
        if name not in self.names and is_whole_webp(path):
            self.file(name, path, content_type=WEBP_TYPE)
        return name in self.names


class _Growing:
    """One rendition as its segments close."""

    def __init__(self, folder: str, source: Path | None, *, is_audio: bool) -> None:
        self.folder = folder
        self.source = source
        self.is_audio = is_audio
        self.track: Track | None = None
        self.init: Path | None = None
        self.segments: list[Segment] = []
        self.is_ended = False
        self.is_changed = False
        self._written = 0

    def follow(self) -> None:
        """Take the segments that ffmpeg has listed since last time."""
        if self.source is None:
            return
        playlist = self.source / "index.m3u8"
        written = playlist.stat().st_mtime_ns if playlist.exists() else 0
        if written == self._written:
            return
        self._written = written
        init, names, is_ended = listed_names(playlist.read_text())
        if init is not None:
            paths = [self.source / Path(name).name for name in names]
            self._refuse_others(paths)
            self.take(self.source / Path(init).name, paths[len(self.segments) :], is_ended=is_ended)

    def take(self, init: Path, paths: Sequence[Path], *, is_ended: bool) -> None:
        """Take finished segments, in order; the first initialisation segment is the one that stays."""
        if self.track is None:
            self.init = init
            self.track = read_init(init)
        self.segments += [read_segment(path) for path in paths]
        self.is_ended = is_ended
        self.is_changed = True

    def _refuse_others(self, paths: Sequence[Path]) -> None:
        """Make sure that what is listed now continues what was taken from elsewhere."""
        for path, known in zip(paths, self.segments, strict=False):
            if path == known.path:
                continue
            fragment = read_segment(path).fragment
            if (fragment.start, fragment.samples) != (known.fragment.start, known.fragment.samples):
                raise BoxesBroken(f"{self.folder}/{known.name} is cut at other samples than before")

    def variant(self) -> Variant:
        if self.track is None or self.init is None:
            raise BoxesBroken(f"{self.folder} has no initialisation segment")
        return Variant(self.folder, self.is_audio, self.track, self.init, tuple(self.segments))


class GrowingHls:
    """Publishes segment, then media playlist, then master: of ffmpeg's playlists, or of what it is given."""

    def __init__(
        self,
        published: Published,
        *,
        scratch: Path,
        pictures: int,
        has_audio: bool,
        rate: Fraction | None,
        target_s: float,
        is_followed: bool = True,
    ) -> None:
        """Prepare for `pictures` rungs and, last, the sound, whose playlists are `is_followed` under ``enc/``."""
        self._published = published
        self._scratch = scratch
        self._rate = rate
        self._target_s = target_s
        self._has_master = False
        self._variants = [
            _Growing(
                f"v{number}", scratch / f"enc/v{number}" if is_followed else None, is_audio=number >= pictures
            )
            for number in range(pictures + (1 if has_audio else 0))
        ]
        for number in range(len(self._variants)):
            (scratch / f"enc/v{number}").mkdir(parents=True, exist_ok=True)

    def follow(self, number: int, source: Path) -> None:
        """Follow ffmpeg's playlist in `source` for a rendition from now on, the segments it has already included."""
        self._variants[number].source = source

    def take(self, number: int, init: Path, paths: Sequence[Path], *, is_ended: bool = False) -> None:
        """Take finished segments of a rendition, in order; `poll` publishes them.

        Raises: BoxesBroken when one is not what it should be.
        """
        self._variants[number].take(init, paths, is_ended=is_ended)

    def poll(self) -> None:
        """Publish what closed since the last call.

        Raises: BoxesBroken when a segment is not what it should be.
        """
        changed = [variant for variant in self._variants if self._publish_fresh(variant)]
        for variant in changed:
            self._write(
                f"hls/{variant.folder}/live.m3u8",
                media_playlist(
                    variant.variant(), target_s=self._target_s, is_final=False, is_ended=variant.is_ended
                ),
            )
        if changed and not self._has_master and all(variant.segments for variant in self._variants):
            self._has_master = True
            self._write("hls/live.m3u8", self._master("live.m3u8"))

    def variants(self) -> tuple[Variant, ...]:
        """Give all renditions as packaged so far; none while one of them has not begun."""
        if any(variant.track is None for variant in self._variants):
            return ()
        return tuple(variant.variant() for variant in self._variants)

    def finish(self, variants: Iterable[Variant]) -> None:
        """Write the finished playlists, once; the master last."""
        kept = tuple(variants)
        for variant in kept:
            playlist = media_playlist(variant, target_s=self._target_s, is_final=True, is_ended=True)
            self._write(f"hls/{variant.folder}/index.m3u8", playlist)
        self._write("hls/master.m3u8", master_playlist(kept, rate=self._rate, playlist="index.m3u8"))

    def publish_segments(self, variant: Variant) -> None:
        """Publish what is not yet stored of a rendition that was made or mended after the encode."""
        folder = f"hls/{variant.folder}"
        if f"{folder}/init.mp4" not in self._published.names:
            self._published.file(f"{folder}/init.mp4", variant.init, content_type=MP4_TYPE)
        for segment in variant.segments:
            if f"{folder}/{segment.name}" not in self._published.names:
                self._published.file(f"{folder}/{segment.name}", segment.path, content_type=SEGMENT_TYPE)

    def _publish_fresh(self, variant: _Growing) -> bool:
        variant.follow()
        if not variant.is_changed or not variant.segments:
            return False
        variant.is_changed = False
        self.publish_segments(variant.variant())
        return True

    def _master(self, playlist: str) -> str:
        return master_playlist(self.variants(), rate=self._rate, playlist=playlist)

    def _write(self, name: str, content: str) -> None:
        self._published.text(name, content, scratch=self._scratch, content_type=HLS_TYPE)


def is_whole_webp(path: Path) -> bool:
    """Tell whether a WebP file is there to its last byte, by the length in its header."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        header = file.read(12)
    length = int.from_bytes(header[4:8], "little") + _RIFF_HEADER
    return header[:4] == b"RIFF" and header[8:] == b"WEBP" and path.stat().st_size >= length
