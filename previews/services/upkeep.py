"""What operators do with the previews of many masters at once: look, build anew, put away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from assets.models import Version
from dam.core import tenancy
from jobs.models import Priority
from previews.media.recipes import RECIPE_VERSION
from previews.models import Preview
from previews.services.requests import USABLE, request_build
from previews.services.sweeping import drop

PAGE = 200
OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class Wanted:
    """Which masters' previews are meant: of one project or of all, only those of an older recipe, or that failed."""

    organization_id: UUID
    project_id: UUID | None = None
    is_older: bool = False
    is_failed: bool = False


def counted(wanted: Wanted) -> Counter[str]:
    """Return how many active previews are in each state, and how many an older recipe made."""
    found: Counter[str] = Counter()
    for page in _pages(wanted):
        for each in page:
            found[each.state] += 1
            found["older recipe"] += each.recipe_version < RECIPE_VERSION and each.state in USABLE
    return found


def rebuild_all(wanted: Wanted, *, on_step: OnStep) -> int:
    """Have them built anew behind everybody's other work, beside what plays; returns how many builds began.

    `on_step(done, began)` is told after each page. Safe to repeat: what is being built is not begun again.
    """
    done = began = 0
    for page in _pages(wanted):
        for each in page:
            began += _rebuild(each, wanted)
        done += len(page)
        on_step(done, began)
    return began


def _rebuild(preview: Preview, wanted: Wanted) -> bool:
    with tenancy.scope(wanted.organization_id):
        version = _versions(wanted).filter(sha256=preview.sha256).order_by("id").first()
        if version is None:
            return False
        _, _, is_new = request_build(
            sha256=version.sha256,
            version_id=version.id,
            project_id=version.asset.project_id,
            actor_id=None,
            force=True,
            priority=Priority.BULK,
        )
        return is_new


def drop_all(wanted: Wanted, *, on_step: OnStep) -> int:
    """Put them away as if nobody had played them for long; returns how many went."""
    done = dropped = 0
    for page in _pages(wanted):
        dropped += sum(drop(each) for each in page)
        done += len(page)
        on_step(done, dropped)
    return dropped


def _versions(wanted: Wanted) -> QuerySet[Version]:
    rows = Version.objects.select_related("asset")
    return rows if wanted.project_id is None else rows.filter(asset__project_id=wanted.project_id)


def _pages(wanted: Wanted) -> Iterator[list[Preview]]:
    """Yield the active previews that are meant, a page and a transaction at a time, in the order of their digests."""
    after = ""
    while True:
        with tenancy.scope(wanted.organization_id):
            rows = Preview.objects.filter(is_active=True, sha256__gt=after)
            if wanted.project_id is not None:
                rows = rows.filter(sha256__in=_versions(wanted).values("sha256"))
            if wanted.is_older:
                rows = rows.filter(recipe_version__lt=RECIPE_VERSION)
            if wanted.is_failed:
                rows = rows.filter(state=Preview.State.FAILED)
            page = list(rows.order_by("sha256").defer("renditions")[:PAGE])
        if not page:
            return
        yield page
        after = page[-1].sha256
