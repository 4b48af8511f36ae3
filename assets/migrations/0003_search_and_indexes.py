"""What search finds, the door through which it is found, and indexes that every list walks in order."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import dam.core.tenancy
from dam.core.db import door, fence, let_definer_read
from dam.core.steps import MigrationInSteps

THERE = models.Q(trashed_at=None)

# Behind row-level security `@@` may never decide what an index is asked, so search lies behind a door that answers
# ids alone. The tenant comes from the setting, never from the caller; every value becomes a literal, so that each
# tenant gets a plan of its own. The caller reads the rows behind its fence again.
FOUND = """
DECLARE
    tenant uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
    sorted_by text := CASE sort WHEN 'title' THEN 'a.title' WHEN 'size' THEN 'a.size' ELSE 's.created_at' END;
    direction text := CASE WHEN is_descending THEN 'DESC' ELSE 'ASC' END;
    query text;
BEGIN
    IF tenant IS NULL THEN
        RAISE EXCEPTION 'no organisation is in scope';
    END IF;
    query := format(
        'SELECT s.asset_id FROM assets_search s '
        'JOIN assets_asset a ON a.id = s.asset_id AND a.organization_id = %1$L '
        'WHERE s.organization_id = %1$L AND s.words @@ %2$L::tsquery AND (a.trashed_at IS NOT NULL) = %3$L',
        tenant, wanted, is_trashed);
    IF places IS NOT NULL THEN
        query := query || format(' AND a.project_id = ANY (%L::uuid[])', places);
    END IF;
    IF of_kind IS NOT NULL THEN
        query := query || format(' AND a.kind = %L', of_kind);
    END IF;
    IF made_after IS NOT NULL THEN
        query := query || format(' AND s.created_at > %L', made_after);
    END IF;
    IF in_collection IS NOT NULL THEN
        query := query || format(
            ' AND EXISTS (SELECT 1 FROM assets_collectionitem i WHERE i.organization_id = %L '
            'AND i.collection_id = %L AND i.asset_id = s.asset_id)', tenant, in_collection);
    END IF;
    IF after_id IS NOT NULL THEN
        query := query || format(
            ' AND (%s, s.asset_id) %s (%L, %L)', sorted_by, CASE WHEN is_descending THEN '<' ELSE '>' END, after_key, after_id);
    END IF;
    RETURN QUERY EXECUTE query || format(' ORDER BY %s %s, s.asset_id %s LIMIT %L OFFSET %L', sorted_by, direction, direction, most, skip);
END
"""


class Migration(MigrationInSteps):
    # Indexes of a table that is there are built beside its writers.
    dependencies = [("assets", "0002_fences"), ("core", "0003_fences")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "asset",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="assets.asset",
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        default=dam.core.tenancy.current_organization,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.organization",
                    ),
                ),
            ],
            options={
                "db_table": "assets_search",
                "indexes": [
                    models.Index(fields=["organization", "-created_at", "-asset"], name="assets_search_list"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["words"], name="assets_search_words", fastupdate=False
                    ),
                ],
            },
        ),
        *fence("assets_search", parents={"asset_id": "assets_asset"}, definer=True, keyed=False),
        migrations.RunSQL(
            f"CREATE POLICY definer ON assets_collectionitem TO {settings.DATABASE_ROLES['definer']} USING (true)",
            "DROP POLICY definer ON assets_collectionitem",
        ),
        migrations.RunSQL(*let_definer_read("assets_collectionitem")),
        door(
            "assets_found(wanted text, sort text, is_descending boolean, after_key text, after_id uuid, "
            "most integer, skip integer, places uuid[], of_kind text, made_after timestamptz, "
            "in_collection uuid, is_trashed boolean)",
            "SETOF uuid",
            FOUND,
            language="plpgsql",
        ),
        *[
            migrations.RemoveIndex(model_name="asset", name=f"assets_asset_{name}")
            for name in ("list", "title", "size", "project")
        ],
        *[
            AddIndexConcurrently(
                model_name="asset",
                index=models.Index(
                    fields=["organization", *fields], condition=THERE, name=f"assets_asset_{name}"
                ),
            )
            for name, fields in (
                ("list", ["-created_at", "-id"]),
                ("title", ["title", "id"]),
                ("size", ["size", "id"]),
                ("kind", ["kind", "-created_at", "-id"]),
                ("project", ["project", "-created_at", "-id"]),
                ("project_title", ["project", "title", "id"]),
                ("project_size", ["project", "size", "id"]),
            )
        ],
        AddIndexConcurrently(
            model_name="asset",
            index=models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=models.Q(trashed_at__isnull=False),
                name="assets_asset_trash",
            ),
        ),
        migrations.RemoveIndex(model_name="collection", name="assets_collection_list"),
        AddIndexConcurrently(
            model_name="collection",
            index=models.Index(fields=["organization", "-created_at", "-id"], name="assets_collection_list"),
        ),
        AddIndexConcurrently(
            model_name="collection",
            index=models.Index(
                fields=["organization", "project", "-created_at", "-id"], name="assets_collection_project"
            ),
        ),
    ]
