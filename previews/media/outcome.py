"""The words of the engine's door: what a build takes, where it reports to, what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from previews.media.facts import MediaFacts
from previews.media.recipes.parts import Part
from previews.media.recipes.planner import VideoPlan


class Sink(Protocol):
    """Where a build reports to. All calls come from the thread that called `build`, one at a time."""

    def publish(self, name: str, path: Path, content_type: str) -> None:
        """Store one finished file.

        `name` is relative to the storage layout: ``hls/v0/00000.m4s``, ``mp4/proxy.mp4``, ``img/poster.webp``. Calls
        come in playable order while the encode runs; only names that end in ``live.m3u8`` come more than once. The
        file may be gone once the call returns.
        """

    def progress(self, rendition: str, state: str, fraction: float) -> None:
        """Note how far a rendition is: state queued, running, succeeded or failed; fraction 0 to 1."""

    def facts(self, facts: MediaFacts) -> None:
        """Take the facts, right after probing and before anything is encoded; again when the whole master tells more."""


@dataclass(frozen=True)
class Head:
    """A file that can be read like the master for its first `seconds`, and no further, while the rest is on its way."""

    path: Path
    seconds: float


class Supply(Protocol):
    """A master on its way to this machine."""

    def head(self, *, seconds: float) -> Head | None:
        """Give what the first seconds are made from, as soon as it is here; None where one must wait for it all."""

    def is_complete(self) -> bool:
        """Tell whether `complete` would answer at once."""

    def begin(self) -> None:
        """Let the whole come: the first seconds can be watched, or will not be made."""

    def complete(self) -> Path:
        """Wait for the whole master and give it, its digest verified; raises what went wrong."""


class Sharing(Protocol):
    """A film whose parts other workers encode too."""

    def collect(self, number: int) -> Path | None:
        """Give a part's archive once it is made, None until then; raises when it cannot be made."""

    def frames_done(self) -> int:
        """Tell how many frames of all parts are encoded by now."""


class Crew(Protocol):
    """The other workers, and how long the parts are that they should get."""

    part_s: float

    def share(self, film: "Film") -> Sharing | None:
        """Hand the parts of a film out; None where it is better encoded in one piece."""


@dataclass(frozen=True)
class Film:
    """A film and its parts, as they are handed to other workers; `facts` are of the whole master."""

    facts: MediaFacts
    plan: VideoPlan
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class BuildRequest:
    """One build to make.

    `source` is only read, `workdir` is scratch the engine may fill, `name` serves messages and tells what the file
    claims to be; `threads` 0 leaves the number to the encoder; of a document `page_limit` pages are drawn. With a
    `supply`, `source` need not be there yet. `may_copy` lets the master's own picture be used where it can be.
    `without` names kinds of renditions to leave out: of `recipes.WITHHOLDABLE`, or a long film's ladder.
    """

    source: Path
    workdir: Path
    name: str
    threads: int = 0
    supply: Supply | None = None
    crew: Crew | None = None
    page_limit: int = 100
    may_copy: bool = True
    without: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rendition:
    """One finished preview.

    `kind` is one of hls, audio, mp4, image, storyboard, waveform; `paths` are its published names.
    """

    name: str
    kind: str
    width: int | None
    height: int | None
    paths: tuple[str, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What a build of these facts will make; `renditions` are the names `Sink.progress` will use."""

    renditions: tuple[str, ...]


@dataclass(frozen=True)
class BuildResult:
    """A finished build. `meta` has the keys media, loudness, exif and qc; `published` every name that was stored.

    A quick one holds a small rung alone: the whole ladder is still to be made.
    """

    state: Literal["ready", "partial"]
    reason: str | None
    facts: MediaFacts
    meta: dict[str, Any]
    renditions: tuple[Rendition, ...]
    published: frozenset[str]
    is_quick: bool = False
