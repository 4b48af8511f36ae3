"""The door of the preview engine: a master's bytes in, published previews out.

`build` probes, plans, encodes, checks and publishes. It knows neither the database nor the object store: the caller
hands it a local file, a scratch folder and a `Sink`.
"""

from dataclasses import replace

from dam.core.observing import tracing
from previews.media import sandbox
from previews.media.builds.audio import build_audio
from previews.media.builds.developing import is_rendered
from previews.media.builds.documents import build_document, plan_document
from previews.media.builds.film import continue_film, share_film
from previews.media.builds.opening import HEAD_S, Opening, open_film
from previews.media.builds.stills import STILL_RENDITIONS, build_still, render_still
from previews.media.builds.video import build_video
from previews.media.facts import AudioFacts, Kind, MediaFacts, VideoFacts
from previews.media.failures import BuildFailed, OpeningWrong
from previews.media.outcome import (
    BuildRequest,
    BuildResult,
    Crew,
    Film,
    Head,
    Plan,
    Rendition,
    Sharing,
    Sink,
    Supply,
)
from previews.media.packaging.publishing import Published
from previews.media.plugins import ask_plugins
from previews.media.probing.metadata import read_metadata
from previews.media.probing.probe import probe
from previews.media.recipes import RECIPE_VERSION, plan_audio, plan_video

__all__ = [
    "RECIPE_VERSION",
    "AudioFacts",
    "BuildFailed",
    "BuildRequest",
    "BuildResult",
    "Crew",
    "Film",
    "Head",
    "Kind",
    "MediaFacts",
    "OpeningWrong",
    "Plan",
    "Rendition",
    "Sharing",
    "Sink",
    "Supply",
    "VideoFacts",
    "build",
    "plan",
]


def plan(facts: MediaFacts) -> Plan:
    """Name the renditions that a build of these facts will make."""
    if facts.kind == "video" and facts.video is not None:
        return Plan(plan_video(facts).renditions)
    if facts.kind == "audio" and facts.audio is not None:
        return Plan(plan_audio(facts).renditions)
    if facts.kind == "image" and is_rendered(facts.mime):
        return Plan(STILL_RENDITIONS)
    if facts.kind == "document":
        return Plan(plan_document(facts))
    return Plan(())


def build(request: BuildRequest, sink: Sink) -> BuildResult:
    """Probe, encode, check and publish the previews of one master.

    What has no renderer here ends ready, with its facts and no renditions.
    Raises: BuildFailed when nothing playable could be made, with a reason that a person understands; OpeningWrong
    when a build that began on the master's head must be made anew; whatever the sink or the supply raises ends the
    build at once and comes through.
    """
    request = replace(request, source=request.source.absolute(), workdir=request.workdir.absolute())
    published = Published(sink)
    try:
        opening = _opening(request, published=published, sink=sink)
        if request.supply is not None:
            with tracing.stage("preview", "fetch"):
                request = replace(request, source=request.supply.complete().absolute())
        with tracing.stage("preview", "probe"):
            facts = probe(request.source, name=request.name, scratch=request.workdir)
        result = _made(request, facts=facts, opening=opening, published=published, sink=sink)
        with tracing.stage("preview", "metadata"):
            said = read_metadata(request.source, facts=result.facts, scratch=request.workdir)
            added = ask_plugins(
                request.source, facts=result.facts, scratch=request.workdir, published=published
            )
    except sandbox.SandboxUnavailable as error:
        raise BuildFailed(f"This server can't make previews yet: {error}.", permanent=False) from error
    return replace(result, meta=result.meta | said | ({"plugins": added} if added else {}))


def _made(
    request: BuildRequest, *, facts: MediaFacts, opening: Opening | None, published: Published, sink: Sink
) -> BuildResult:
    """Make what belongs to this kind of source."""
    if opening is not None:
        return continue_film(opening, request, facts=facts)
    if facts.kind == "image" and is_rendered(facts.mime):
        still = render_still(request.source, facts=facts, scratch=request.workdir)
        sink.facts(still.facts)
        return build_still(still, published=published, scratch=request.workdir, sink=sink)
    if facts.kind == "document":
        return build_document(request, facts=facts, published=published, sink=sink)
    sink.facts(facts)
    if facts.kind == "video" and facts.unreadable is None:
        shared = share_film(request, facts=facts, published=published, sink=sink)
        return shared or build_video(request, facts=facts, published=published, sink=sink)
    if facts.kind == "audio":
        return build_audio(request, facts=facts, published=published, sink=sink)
    meta = {"media": facts.meta.get("media", {}), "loudness": None, "exif": {}, "qc": {}}
    return BuildResult("ready", facts.unreadable, facts, meta, (), frozenset())


def _opening(request: BuildRequest, *, published: Published, sink: Sink) -> Opening | None:
    """Make the first seconds while the rest of the master is on its way; None where there is nothing to gain."""
    if request.supply is None or request.supply.is_complete():
        return None
    head = request.supply.head(seconds=HEAD_S)
    if head is None:
        return None
    with tracing.stage("preview", "opening"):
        return open_film(request, head, published=published, sink=sink)
