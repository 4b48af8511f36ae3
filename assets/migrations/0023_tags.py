"""How many assets carry each tag: lines that triggers append, and what the assets that are there come to."""

import django.db.models.deletion
from django.db import migrations, models

import dam.core.tenancy
from dam.core.db import door, fence
from dam.core.steps import MigrationInSteps

# Statements that enter or take away many assets append one line a tag; the row by row one fires only where what counts
# has changed. Nobody waits for anybody: lines are added, never changed, and folded later.
TRIGGERS = """
CREATE FUNCTION assets_tags_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO assets_tagcount (organization_id, project_id, tag, folded, number, is_new)
    SELECT e.organization_id, e.project_id, t.tag, lower(t.tag), count(*), true
    FROM entered e CROSS JOIN LATERAL unnest(e.tags) AS t (tag)
    WHERE e.trashed_at IS NULL GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
CREATE FUNCTION assets_tags_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO assets_tagcount (organization_id, project_id, tag, folded, number, is_new)
    SELECT g.organization_id, g.project_id, t.tag, lower(t.tag), -count(*), true
    FROM gone g CROSS JOIN LATERAL unnest(g.tags) AS t (tag)
    WHERE g.trashed_at IS NULL GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
CREATE FUNCTION assets_tags_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO assets_tagcount (organization_id, project_id, tag, folded, number, is_new)
    SELECT NEW.organization_id, c.project_id, c.tag, lower(c.tag), sum(c.number), true
    FROM (
        SELECT OLD.project_id, tag, -1 AS number FROM unnest(OLD.tags) AS tag WHERE OLD.trashed_at IS NULL
        UNION ALL
        SELECT NEW.project_id, tag, 1 FROM unnest(NEW.tags) AS tag WHERE NEW.trashed_at IS NULL
    ) c (project_id, tag, number)
    GROUP BY c.project_id, c.tag HAVING sum(c.number) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER tags_entered AFTER INSERT ON assets_asset REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION assets_tags_entered();
CREATE TRIGGER tags_gone AFTER DELETE ON assets_asset REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION assets_tags_gone();
CREATE TRIGGER tags_changed AFTER UPDATE ON assets_asset FOR EACH ROW
    WHEN (OLD.tags IS DISTINCT FROM NEW.tags OR OLD.project_id <> NEW.project_id
        OR (OLD.trashed_at IS NULL) <> (NEW.trashed_at IS NULL))
    EXECUTE FUNCTION assets_tags_changed();
"""
NO_TRIGGERS = """
DROP TRIGGER tags_entered ON assets_asset;
DROP TRIGGER tags_gone ON assets_asset;
DROP TRIGGER tags_changed ON assets_asset;
DROP FUNCTION assets_tags_entered();
DROP FUNCTION assets_tags_gone();
DROP FUNCTION assets_tags_changed();
"""
# Begins after the triggers are there, and in one snapshot: the lines that it sees are of changes whose assets it sees
# too, so it replaces them; those of later changes it neither sees nor touches. No writer waits meanwhile.
FILL = """
WITH told AS (DELETE FROM assets_tagcount)
INSERT INTO assets_tagcount (organization_id, project_id, tag, folded, number, is_new)
SELECT a.organization_id, a.project_id, t.tag, lower(t.tag), count(*), false
FROM assets_asset a CROSS JOIN LATERAL unnest(a.tags) AS t (tag)
WHERE a.trashed_at IS NULL GROUP BY 1, 2, 3
"""
#: Organisations whose lines are to be folded: of so many lines, whose they are.
TO_FOLD = """
    SELECT DISTINCT n.organization_id FROM (
        SELECT c.organization_id FROM assets_tagcount c WHERE c.is_new LIMIT most
    ) n
"""


class Migration(MigrationInSteps):
    # Each step by itself: the triggers' lock is held for a moment, not while the assets are counted.
    dependencies = [("assets", "0022_saved_searches"), ("orgs", "0003_tokens_of_one_project")]

    operations = [
        migrations.CreateModel(
            name="TagCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tag", models.TextField(db_collation="C")),
                ("folded", models.TextField(db_collation="C")),
                ("number", models.BigIntegerField()),
                ("is_new", models.BooleanField()),
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
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.project",
                    ),
                ),
            ],
            options={
                "db_table": "assets_tagcount",
                "indexes": [
                    models.Index(
                        fields=["organization", "folded", "tag"],
                        include=["project", "number"],
                        name="assets_tagcount_list",
                    ),
                    models.Index(
                        fields=["organization", "project", "folded", "tag"],
                        include=["number"],
                        name="assets_tagcount_project",
                    ),
                    models.Index(
                        fields=["organization"], condition=models.Q(is_new=True), name="assets_tagcount_new"
                    ),
                ],
            },
        ),
        *fence("assets_tagcount", parents={"project_id": "orgs_project"}, definer=True, keyed=False),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        door("tags_to_fold(most integer)", "SETOF uuid", TO_FOLD),
    ]
