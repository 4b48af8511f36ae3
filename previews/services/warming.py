"""Warming the edges: what was just shared is fetched once, so that whoever opens the link does not wait for storage.

The files that a player asks for first are asked for like any other viewer asks, with an ordinary address that lives
two minutes. Playlists are read, everything else is asked for by HEAD: the edge fetches it whole, and no bytes are
sent that a bill would count.
"""

from __future__ import annotations

import http.client
import logging
import re
import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from dam.core import tenancy
from jobs import services as jobs
from jobs.services import JobRun
from previews.edge_tokens import NO_SHARE
from previews.models import Preview
from previews.queries import FIRST_SHEET, MASTER, POSTER, STORYBOARD, WAVEFORM, Addresses, previews_of

logger = logging.getLogger(__name__)

JOB_KIND = "warm"
TTL_S = 120
TIMEOUT_S = 10.0
MOST_DIGESTS = 24
#: Of each rung: what a player has asked for when it begins to play.
FIRST_SEGMENTS = 2
PLAYLIST_BYTES = 1_000_000
PICTURES = (POSTER, "img/300.webp", "img/1280.webp", STORYBOARD, FIRST_SHEET, WAVEFORM)
_URI = re.compile(r'URI="([^"?#:]+)"')


def request_warming(*, project_id: UUID, share_id: UUID, digests: Sequence[str]) -> None:
    """Have the first files of some digests brought to the edges, at most `MOST_DIGESTS`.

    Locks and transaction: in scope, in the caller's transaction; a second request for the share changes nothing.
    """
    wanted = sorted(set(digests))[:MOST_DIGESTS]
    if wanted:
        jobs.enqueue(
            kind=JOB_KIND,
            project_id=project_id,
            version_id=None,
            payload={"digests": wanted},
            idem_key=str(share_id),
            queue="short",
            created_by=None,
        )


def warm(run: JobRun) -> dict[str, Any]:
    """Ask every edge for the first files of the job's digests; an edge that does not answer is left out.

    Returns how many files each edge had or fetched. Nothing is built and nothing fails for it: a viewer who comes
    before this is done waits as without it.
    """
    with tenancy.scope(run.organization_id):
        shown = list(previews_of(run.payload["digests"]).values())
    warmed: dict[str, int] = {}
    for address in settings.EDGE_WARM_URLS or [settings.EDGE_URL]:
        warmed[address] = 0
        try:
            for each in shown:
                warmed[address] += _warm_preview(address, each)
                run.check()
        except (OSError, http.client.HTTPException) as error:
            logger.warning("edge.not_warmed", extra={"edge": address, "error": type(error).__name__})
    return {"files": warmed}


def _warm_preview(address: str, preview: Preview) -> int:
    sign = Addresses(
        organization_id=preview.organization_id,
        digest=preview.sha256,
        generation=preview.generation,
        share_id=NO_SHARE,
        expires_s=int(time.time()) + TTL_S,
    )
    link = _Link(address)
    try:
        published = set(preview.published)
        found = sum(link.has(sign.url(each)) for each in PICTURES if each in published)
        return found + (_warm_playlists(link, sign.url(MASTER)) if MASTER in published else 0)
    finally:
        link.close()


def _warm_playlists(link: _Link, master_url: str) -> int:
    """Follow the master playlist to the first segments of every rung."""
    found = 1
    for playlist in _relative(link.read(master_url)):
        url = _beside(master_url, playlist)
        names = _relative(link.read(url))
        first = [each for each in names if each.endswith(".mp4")][:1]
        segments = [each for each in names if not each.endswith(".mp4")][:FIRST_SEGMENTS]
        found += 1 + sum(link.has(_beside(url, each)) for each in (*first, *segments))
    return found


def _relative(playlist: str) -> list[str]:
    """Return the relative addresses in a playlist, each once, in their order."""
    return list(dict.fromkeys(_addresses(playlist.splitlines())))


def _addresses(lines: Collection[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("#"):
            yield from _URI.findall(line)
        elif line.strip() and ":" not in line:
            yield line.strip()


def _beside(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


class _Link:
    """One connection to one edge, which may have another address than viewers know."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        self._host = urlsplit(settings.EDGE_URL).netloc

    def has(self, url: str) -> bool:
        status, _ = self._ask("HEAD", url)
        return status == http.client.OK

    def read(self, url: str) -> str:
        status, body = self._ask("GET", url)
        return body.decode("utf-8", errors="replace") if status == http.client.OK else ""

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, url: str) -> tuple[int, bytes]:
        self._connection.request(method, urlsplit(url).path, headers={"Host": self._host})
        answer = self._connection.getresponse()
        body = answer.read(PLAYLIST_BYTES)
        if not answer.isclosed():
            self._connection.close()
        return answer.status, body
