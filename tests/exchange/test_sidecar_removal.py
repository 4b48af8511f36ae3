"""A file that stands beside a version is taken away: its row at once, its bytes as others and locks permit."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from activity.models import Event
from assets.models import Hold, Master, Sidecar
from dam.core import tenancy
from jobs.models import Job
from jobs.services import run
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.exchange.test_sidecars import SRT, put
from tests.ingest.sending import digest


def test_it_goes_and_locked_bytes_stay_and_are_told(cast: Cast) -> None:
    _, version = deliver(cast.project)
    made = put(cast, version, SRT, "en.srt")
    path = f"/api/sidecars/{made['id']}"
    assert cast.viewer.get(path)["name"] == "en.srt"

    assert cast.editor.delete(path).status == 204

    assert cast.viewer.get(path).status == cast.editor.delete(path).status == 404
    assert cast.viewer.get(f"/api/versions/{version.id}/sidecars")["results"] == []
    assert cast.viewer.get("/api/assets?q=zebracrossing")["results"] == []
    with tenancy.scope(cast.org_id):
        line, [job] = Event.objects.get(verb="sidecar.removed"), Job.objects.filter(kind="purge")
        master = Master.objects.get(sha256=digest(SRT))
    assert (line.before or {})["sha256"] == digest(SRT)
    assert (line.after or {})["job"] == str(job.id)
    assert master.released_at is not None
    assert master.locked_until is not None
    assert master.locked_until > timezone.now()
    run(job.id, organization_id=cast.org_id)
    [kept] = cast.owner.get(f"/api/jobs/{job.id}")["result"]["kept"]
    assert kept["reason"] in {"lock", "no-purger"}

    again = put(cast, version, SRT, "en.srt")
    with tenancy.scope(cast.org_id):
        assert (again.status, Master.objects.get(sha256=digest(SRT)).released_at) == (201, None)


def test_bytes_that_others_have_stay_theirs(cast: Cast) -> None:
    (_, version), (_, other) = deliver(cast.project), deliver(cast.project)
    made, kept = (put(cast, each, SRT, "en.srt") for each in (version, other))

    assert cast.editor.delete(f"/api/sidecars/{made['id']}").status == 204

    with tenancy.scope(cast.org_id):
        assert Master.objects.get(sha256=digest(SRT)).released_at is None
        assert not Job.objects.filter(kind="purge").exists()
    assert cast.editor.get(f"/api/sidecars/{kept['id']}/download").status == 302


def beside(cast: Cast) -> tuple[Any, str]:
    asset, version = deliver(cast.project)
    with tenancy.scope(cast.org_id):
        row = Sidecar.objects.create(version=version, master_id=version.master_id, kind="srt", name="en.srt")
    return asset, f"/api/sidecars/{row.id}"


def test_a_hold_an_old_tag_and_the_trash_keep_it(cast: Cast) -> None:
    asset, path = beside(cast)

    assert cast.editor.delete(path, headers={"If-Match": '"old"'}).status == 412
    assert cast.viewer.delete(path).status == 403
    assert cast.stranger.delete(path).status == 404
    with tenancy.scope(cast.org_id):
        # The store's own hold needs bytes; the row is what the platform goes by.
        hold = Hold.objects.create(asset=asset)
    assert (cast.editor.delete(path).status, cast.editor.delete(path).problem) == (409, "held")
    with tenancy.scope(cast.org_id):
        hold.delete()
    cast.editor.delete(f"/api/assets/{asset.id}")
    assert cast.editor.delete(path).status == 404
