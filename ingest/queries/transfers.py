"""What went in and out: by day or month (UTC), of the organisation in scope or of one of its projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from dam.core.access import Actor, Permission, Target, may
from dam.core.tenancy import current_organization

COUNTED = ("uploads", "uploaded_bytes", "downloads", "downloaded_bytes", "purges", "purged_bytes")
#: By share, which this room knows nothing of: told of an organisation alone.
SENT = ("egress_requests", "egress_bytes", "origin_bytes")

# The bytes of a download are those of its version, so of one that was purged since they count as nought.
_SUMS = """
    SELECT period, sum(uploads)::bigint, sum(uploaded)::bigint, sum(downloads)::bigint, sum(downloaded)::bigint,
        sum(purges)::bigint, sum(purged)::bigint, sum(requests)::bigint, sum(sent)::bigint, sum(origin)::bigint
    FROM (
        SELECT date_trunc(%(by)s, u.created_at AT TIME ZONE 'UTC')::date AS period, 1 AS uploads, u.size AS uploaded,
            0 AS downloads, 0 AS downloaded, 0 AS purges, 0 AS purged, 0 AS requests, 0 AS sent, 0 AS origin
        FROM ingest_upload u
        WHERE u.organization_id = %(organization)s AND u.state = 'promoted' AND u.created_at >= %(since)s::timestamptz
            AND u.created_at < %(until)s::timestamptz AND (%(projects)s::uuid[] IS NULL OR u.project_id = ANY (%(projects)s::uuid[]))
        UNION ALL
        SELECT date_trunc(%(by)s, e.created_at AT TIME ZONE 'UTC')::date, 0, 0, 1, coalesce(v.size, 0), 0, 0, 0, 0, 0
        FROM activity_event e
        LEFT JOIN assets_version v ON v.organization_id = e.organization_id AND v.id = e.version_id
        WHERE e.organization_id = %(organization)s AND e.verb = 'version.downloaded'
            AND e.created_at >= %(since)s::timestamptz AND e.created_at < %(until)s::timestamptz
            AND (%(projects)s::uuid[] IS NULL OR e.project_id = ANY (%(projects)s::uuid[]))
        UNION ALL
        SELECT date_trunc(%(by)s, e.created_at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 1,
            (SELECT coalesce(sum((one ->> 'size')::bigint), 0) FROM jsonb_array_elements(e.before -> 'versions') one),
            0, 0, 0
        FROM activity_event e
        WHERE e.organization_id = %(organization)s AND e.verb = 'asset.purged'
            AND e.created_at >= %(since)s::timestamptz AND e.created_at < %(until)s::timestamptz
            AND (%(projects)s::uuid[] IS NULL OR e.project_id = ANY (%(projects)s::uuid[]))
        UNION ALL
        SELECT date_trunc(%(by)s, g.day)::date, 0, 0, 0, 0, 0, 0, g.requests, g.bytes, g.origin_bytes
        FROM previews_egress g
        WHERE g.organization_id = %(organization)s AND %(projects)s::uuid[] IS NULL
            AND g.day >= %(first)s AND g.day <= %(last)s
    ) happened
    GROUP BY period ORDER BY period DESC
"""


@dataclass(frozen=True)
class Period:
    """Days in UTC, both included; `by` is `day` or `month`."""

    first: date
    last: date
    by: str = "day"


def transfers(actor: Actor, period: Period, *, project_id: UUID | None = None) -> dict[str, Any]:
    """Return the sums of each day or month in which anything went in or out, the newest first, and of them all.

    An organisation's admin sees all of it, an admin of projects what belongs to these; one query.
    """
    projects = _projects(actor, project_id)
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS,
            {
                "by": period.by,
                "organization": current_organization(),
                "projects": projects,
                "first": period.first,
                "last": period.last,
                "since": f"{period.first}T00:00Z",
                "until": f"{date.fromordinal(period.last.toordinal() + 1)}T00:00Z",
            },
        )
        found = cursor.fetchall()
    unknown = dict.fromkeys(SENT) if projects is not None else {}
    rows = [dict(zip(("period", *COUNTED, *SENT), each, strict=True)) for each in found]
    total = {name: sum(each[name] for each in rows) for name in (*COUNTED, *SENT)}
    return {"periods": [each | unknown for each in rows], "total": total | unknown}


def _projects(actor: Actor, project_id: UUID | None) -> list[UUID] | None:
    """Return the projects to sum up, None for the whole organisation."""
    if project_id is not None:
        return [project_id]
    here = current_organization()
    seen = actor.visible_projects(here)
    if seen is None:
        return None
    return [each for each in seen if may(actor, Permission.SETTINGS, Target(here, each))]
