"""Questions to the rows that have no right answer but "none": each query names rows that contradict others.

They run in the scope of one organisation, read whole tables of it, and write nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from django.apps import apps
from django.db import connection
from psycopg import sql

from dam.core.db import TenantModel
from dam.core.recorded import Recorded, recorded_tables
from dam.core.tenancy import current_organization
from ingest.models import Upload

MOST_PER_CHECK = 100


@dataclass(frozen=True)
class Question:
    """`text` yields (id, detail) of rows at fault; `%(org)s` is the organisation, `%(grace)s` a number of seconds."""

    check: str
    text: sql.Composable


@dataclass(frozen=True)
class Contradiction:
    """A row at fault."""

    check: str
    row_id: str
    detail: str


CATALOGUE = (
    Question(
        "master-twice",
        sql.SQL(
            "SELECT min(m.id::text), 'two masters of ' || m.sha256 FROM assets_master m "
            "WHERE m.organization_id = %(org)s GROUP BY m.sha256 HAVING count(*) > 1"
        ),
    ),
    Question(
        "master-unused",
        sql.SQL(
            "SELECT m.id, 'no version and no sidecar has these bytes' FROM assets_master m "
            "WHERE m.organization_id = %(org)s AND m.released_at IS NULL AND NOT EXISTS (SELECT 1 FROM assets_version v "
            "WHERE v.organization_id = %(org)s AND v.master_id = m.id) AND NOT EXISTS (SELECT 1 "
            "FROM assets_sidecar s WHERE s.organization_id = %(org)s AND s.master_id = m.id)"
        ),
    ),
    Question(
        "version-master",
        sql.SQL(
            "SELECT v.id, 'its master has another digest or size, or is gone' FROM assets_version v "
            "LEFT JOIN assets_master m ON m.organization_id = v.organization_id AND m.id = v.master_id "
            "WHERE v.organization_id = %(org)s "
            "AND (m.id IS NULL OR m.sha256 <> v.sha256 OR m.size <> v.size)"
        ),
    ),
    Question(
        "version-manifest",
        sql.SQL(
            "SELECT v.id, 'no manifest names it' FROM assets_version v WHERE v.organization_id = %(org)s "
            "AND v.cloned_from IS NULL AND NOT EXISTS (SELECT 1 FROM ingest_manifest e WHERE e.organization_id = %(org)s "
            "AND e.sha256 = v.sha256 AND e.document ->> 'version' = v.id::text)"
        ),
    ),
    Question(
        "manifest-chain",
        sql.SQL(
            "SELECT min(e.id::text), 'the chain of ' || e.sha256 || ' has a gap' FROM ingest_manifest e "
            "WHERE e.organization_id = %(org)s GROUP BY e.sha256 HAVING count(*) <> max(e.number) + 1"
        ),
    ),
    Question(
        "manifest-link",
        sql.SQL(
            "SELECT e.id, 'it does not name the entry before it' FROM ingest_manifest e LEFT JOIN ingest_manifest b "
            "ON b.organization_id = e.organization_id AND b.sha256 = e.sha256 AND b.number + 1 = e.number "
            "WHERE e.organization_id = %(org)s AND (e.document ->> 'previous') IS DISTINCT FROM b.digest"
        ),
    ),
    Question(
        "asset-head",
        sql.SQL(
            "SELECT a.id, 'its head or its count of versions is not that of its stack' FROM assets_asset a "
            "WHERE a.organization_id = %(org)s AND (a.version_count <> (SELECT count(*) FROM assets_version v "
            "WHERE v.organization_id = %(org)s AND v.asset_id = a.id) OR NOT EXISTS (SELECT 1 FROM assets_version v "
            "WHERE v.organization_id = %(org)s AND v.asset_id = a.id AND v.id = a.current_version_id))"
        ),
    ),
    Question(
        "preview-orphan",
        sql.SQL(
            "SELECT p.id, 'no version has these bytes' FROM previews_preview p WHERE p.organization_id = %(org)s "
            "AND NOT EXISTS (SELECT 1 FROM assets_version v "
            "WHERE v.organization_id = %(org)s AND v.sha256 = p.sha256) AND NOT EXISTS (SELECT 1 FROM assets_master m "
            "WHERE m.organization_id = %(org)s AND m.sha256 = p.sha256 AND m.released_at IS NOT NULL)"
        ),
    ),
    Question(
        "preview-state",
        sql.SQL(
            "SELECT v.id, 'it shows ' || v.preview_state || ', its preview is ' || p.state FROM assets_version v "
            "JOIN previews_preview p ON p.organization_id = v.organization_id AND p.sha256 = v.sha256 AND p.is_active "
            "WHERE v.organization_id = %(org)s AND v.preview_state <> p.state"
        ),
    ),
)

WORK = (
    Question(
        "job-stuck",
        sql.SQL(
            "SELECT j.id, j.kind || ' is running, and its lease ran out' FROM jobs_job j "
            "WHERE j.organization_id = %(org)s AND j.state = 'running' "
            "AND (j.lease_until IS NULL OR j.lease_until < now() - make_interval(secs => %(grace)s)) UNION ALL "
            "SELECT j.id, j.kind || ' waits with all its tries used up' FROM jobs_job j "
            "WHERE j.organization_id = %(org)s AND j.state = 'queued' AND j.attempts >= 3"
        ),
    ),
    Question(
        "job-end",
        sql.SQL(
            "SELECT j.id, j.kind || ' ' || j.state || ' without what belongs to that end' FROM jobs_job j "
            "WHERE j.organization_id = %(org)s AND j.state NOT IN ('queued', 'running') "
            "AND (j.finished_at IS NULL OR j.lease_until IS NOT NULL OR (j.state = 'failed' AND j.error IS NULL) "
            "OR (j.state = 'succeeded' AND (j.result IS NULL OR j.error IS NOT NULL)))"
        ),
    ),
    Question(
        "upload-stuck",
        sql.SQL(
            "SELECT u.id, 'no job promotes it' FROM ingest_upload u WHERE u.organization_id = %(org)s "
            "AND u.state = 'promoting' AND u.updated_at < now() - make_interval(secs => %(grace)s) "
            "AND NOT EXISTS (SELECT 1 FROM jobs_job j WHERE j.organization_id = %(org)s AND j.id = u.job_id AND j.state IN ('queued', 'running'))"
        ),
    ),
    Question(
        "upload-version",
        sql.SQL(
            "SELECT u.id, 'its version is gone' FROM ingest_upload u WHERE u.organization_id = %(org)s "
            "AND u.state = 'promoted' AND u.version_id IS NULL"
        ),
    ),
    Question(
        "preview-stuck",
        sql.SQL(
            "SELECT p.id, 'no job builds it' FROM previews_preview p WHERE p.organization_id = %(org)s "
            "AND p.state = 'building' AND p.updated_at < now() - make_interval(secs => %(grace)s) "
            "AND NOT EXISTS (SELECT 1 FROM jobs_job j WHERE j.organization_id = %(org)s AND j.id = p.job_id AND j.state IN ('queued', 'running'))"
        ),
    ),
    Question(
        "outbox-dead",
        sql.SQL(
            "SELECT o.sequence::text, o.topic || ' was not delivered' FROM core_outbox o "
            "WHERE o.organization_id = %(org)s AND (o.set_aside_at IS NOT NULL "
            "OR (o.created_at < now() - make_interval(secs => %(grace)s) "
            "AND o.available_at < now() - make_interval(secs => %(grace)s)))"
        ),
    ),
    Question(
        "quota",
        sql.SQL(
            "SELECT o.id, 'reserved ' || o.storage_reserved || ', used ' || o.storage_used || ' bytes; uploads reserve '"
            " || r.bytes || ', masters have ' || m.bytes FROM orgs_organization o, "
            "(SELECT coalesce(sum(u.reserved), 0) AS bytes FROM ingest_upload u WHERE u.organization_id = %(org)s) r, "
            "(SELECT coalesce(sum(a.size), 0) AS bytes FROM assets_master a WHERE a.organization_id = %(org)s) m "
            "WHERE o.id = %(org)s AND (o.storage_reserved <> r.bytes OR o.storage_used <> m.bytes)"
        ),
    ),
    Question(
        "staging-left",
        sql.SQL(
            "SELECT u.id, 'it is ' || u.state || ' and its bytes were not cleared away' FROM ingest_upload u "
            "WHERE u.organization_id = %(org)s AND u.is_staged "
            "AND u.state IN ('promoted', 'aborted', 'expired', 'rejected') "
            "AND u.expires_at < now() - make_interval(secs => %(grace)s)"
        ),
    ),
)


def contradictions(*, grace_s: float) -> Iterator[Contradiction]:
    """Yield the rows of the organisation in scope that contradict others, at most 100 of a kind.

    Units: `grace_s` seconds that work in progress may take to bring rows in line.
    """
    for each in chain(CATALOGUE, WORK, _records(), _references()):
        yield from _answers(each, grace_s=grace_s)


def question_count() -> int:
    """Return how many questions are asked of each organisation."""
    return sum(1 for _ in chain(CATALOGUE, WORK, _records(), _references()))


def _answers(question: Question, *, grace_s: float) -> Iterator[Contradiction]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT * FROM ({}) found LIMIT {}").format(question.text, MOST_PER_CHECK),
            {"org": current_organization(), "grace": grace_s},
        )
        for row_id, detail in cursor.fetchall():
            yield Contradiction(question.check, str(row_id), str(detail))


def _records() -> Iterator[Question]:
    """Ask of every recorded table for rows whose making, or whose marks, nobody recorded."""
    for each in recorded_tables():
        yield _record_of(each, verb=each.made, since=None)
        for column, verb in each.marks.items():
            yield _record_of(each, verb=verb, since=column)


def _record_of(table: Recorded, *, verb: str, since: str | None) -> Question:
    parts = {
        "table": sql.Identifier(table.table),
        "kind": sql.Literal(table.kind),
        "verb": sql.Literal(verb),
        "detail": sql.Literal(f"{verb} is not in the record"),
        "since": sql.Identifier("t", since) if since else sql.Literal("-infinity"),
        "counts": sql.SQL("").join(
            sql.SQL(" AND {} IS DISTINCT FROM {}").format(sql.Identifier("t", column), sql.Literal(value))
            for column, value in table.except_for.items()
        ),
    }
    text = sql.SQL(
        "SELECT t.id, {detail} FROM {table} t WHERE t.organization_id = %(org)s AND {since} IS NOT NULL{counts} "
        "AND NOT EXISTS (SELECT 1 FROM activity_event e WHERE e.organization_id = %(org)s "
        "AND e.target_kind = {kind} AND e.target_id = t.id AND e.verb = {verb} "
        "AND e.created_at >= {since}::timestamptz - interval '1 minute')"
    )
    return Question("not-recorded", text.format(**parts))


def _references() -> Iterator[Question]:
    """Ask of every foreign key between tenant tables for rows whose parent is not in the organisation."""
    for model in apps.get_models():
        if not issubclass(model, TenantModel):
            continue
        shape = model._meta  # noqa: SLF001 - Django's documented way to a model's columns
        for field in shape.concrete_fields:
            parent = field.related_model
            if isinstance(parent, type) and issubclass(parent, TenantModel):
                above = parent._meta  # noqa: SLF001 - as above
                yield _reference(
                    shape.db_table, key=shape.pk.attname, column=field.attname, parent=above.db_table
                )


def _reference(table: str, *, key: str, column: str, parent: str) -> Question:
    text = sql.SQL(
        "SELECT c.{key}::text, {detail} FROM {table} c "
        "LEFT JOIN {parent} p ON p.organization_id = c.organization_id AND p.id = c.{column} "
        "WHERE c.organization_id = %(org)s AND c.{column} IS NOT NULL AND p.id IS NULL"
    )
    detail = f"{table}.{column} names a row that is not there"
    return Question(
        "reference",
        text.format(
            key=sql.Identifier(key),
            detail=sql.Literal(detail),
            table=sql.Identifier(table),
            parent=sql.Identifier(parent),
            column=sql.Identifier(column),
        ),
    )


def unknown_keys(keys: list[str]) -> dict[str, str]:
    """Return, of keys in staging, those that no upload is waiting for, each with the reason."""
    rows = {each.staging_key: each for each in Upload.objects.filter(staging_key__in=keys)}
    found = {}
    for key in keys:
        row = rows.get(key)
        if row is None:
            found[key] = "no upload has this key"
        elif not row.is_staged:
            found[key] = f"its upload is {row.state} and counts as cleared away"
    return found


def is_collecting(multipart_id: str) -> bool:
    """Tell whether an open upload collects the parts of this multipart upload."""
    return Upload.objects.filter(multipart_id=multipart_id, state="open").exists()


def claimed_digests() -> set[str]:
    """Return the digests that a job which has not ended holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.sha256 FROM ingest_promotion p WHERE p.organization_id = %(org)s "
            "AND EXISTS (SELECT 1 FROM jobs_job j WHERE j.organization_id = %(org)s AND j.id = p.job_id AND j.state IN ('queued', 'running'))",
            {"org": current_organization()},
        )
        return {row[0] for row in cursor.fetchall()}
