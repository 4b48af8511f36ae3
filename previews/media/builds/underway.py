"""A video's build while it runs: what it was asked, what it plans, what it has so far."""

from dataclasses import dataclass, field
from pathlib import Path

from previews.media.encoding.waveform import Waveform
from previews.media.facts import MediaFacts, VideoFacts
from previews.media.outcome import BuildRequest, Sink
from previews.media.packaging.playlists import Variant
from previews.media.packaging.publishing import GrowingHls, Published
from previews.media.recipes import THUMBNAILS, VideoPlan

POSTERS = ("poster.webp", *(f"{side}.webp" for side in THUMBNAILS))
"""The pictures of one moment, the largest first, as their files are named."""


@dataclass
class Build:
    """One running build: what it was asked, what it plans, what it has so far."""

    request: BuildRequest
    facts: MediaFacts
    video: VideoFacts
    plan: VideoPlan
    published: Published
    sink: Sink
    hls: GrowingHls | None = None
    waveform: Waveform | None = None
    variants: tuple[Variant, ...] = ()
    shown: dict[str, float] = field(default_factory=dict)

    @property
    def scratch(self) -> Path:
        """The folder that everything is made in."""
        return self.request.workdir

    @property
    def proxy(self) -> Path:
        """The MP4 proxy."""
        return self.scratch / "mp4/proxy.mp4"

    def report(self, name: str, fraction: float, *, state: str = "running") -> None:
        """Pass progress on when it moved by a hundredth or ended."""
        if fraction >= self.shown.get(name, -1.0) + 0.01:
            self.shown[name] = fraction
            self.sink.progress(name, state, fraction)
