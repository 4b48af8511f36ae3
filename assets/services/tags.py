"""Keeping the counts of tags short: many lines become one."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from dam.core import tenancy

#: So many lines are looked at to find whose are to be folded, and so many tags are folded in one step.
LOOKED_AT, STEP = 20_000, 5_000
_FOLD = """
    WITH due AS (
        SELECT DISTINCT project_id, folded, tag FROM (
            SELECT project_id, folded, tag FROM assets_tagcount
            WHERE organization_id = %(organization)s AND is_new LIMIT %(most)s
        ) seen
    ), gone AS (
        DELETE FROM assets_tagcount held USING due
        WHERE held.organization_id = %(organization)s AND held.project_id = due.project_id
            AND held.folded = due.folded AND held.tag = due.tag
        RETURNING held.project_id, held.folded, held.tag, held.number
    ), kept AS (
        INSERT INTO assets_tagcount (organization_id, project_id, folded, tag, number, is_new)
        SELECT %(organization)s, project_id, folded, tag, sum(number), false
        FROM gone GROUP BY project_id, folded, tag HAVING sum(number) <> 0
    )
    SELECT count(*) FROM gone
"""


def fold_tags() -> int:
    """Fold the lines of each tag and project into one; returns how many lines were folded.

    Locks and transaction: outside any; one short transaction a step, in the organisation's scope. Two folders of one
    organisation wait for each other; writers and readers for neither.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT tags_to_fold(%s)", [LOOKED_AT])
        due: list[UUID] = [row[0] for row in cursor.fetchall()]
    folded = 0
    for organization_id in due:
        found = _fold(organization_id)
        while found:
            folded += found
            found = _fold(organization_id)
    return folded


def _fold(organization_id: UUID) -> int:
    with tenancy.scope(organization_id):
        tenancy.take_turn(f"tags:{organization_id}")
        with connection.cursor() as cursor:
            cursor.execute(_FOLD, {"organization": organization_id, "most": STEP})
            return int(cursor.fetchone()[0])
