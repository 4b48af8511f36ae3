"""The life of previews: when they were last played and looked for, what was left out, how fast builds are."""

import django.db.models.functions.datetime
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from dam.core.db import door
from dam.core.steps import MigrationInSteps

LEFT = models.Q(started_at__isnull=False) & (
    (models.Q(is_active=False) & ~models.Q(state="building"))
    | (models.Q(is_active=True, state="none") & ~models.Q(renditions=[]))
)
DUE = """
    (SELECT p.id, p.organization_id, 'left' FROM previews_preview p
        WHERE p.started_at IS NOT NULL AND ((NOT p.is_active AND NOT p.state = 'building')
            OR (p.is_active AND p.state = 'none' AND NOT p.renditions = '[]'))
        AND p.updated_at < now() - make_interval(secs => grace_s) ORDER BY p.updated_at LIMIT most)
    UNION ALL
    (SELECT p.id, p.organization_id, 'aged' FROM previews_preview p
        WHERE p.is_active AND p.played_at < now() - make_interval(secs => kept_s)
        AND p.state IN ('ready', 'partial') AND p.published ?| ARRAY['hls/master.m3u8', 'mp4/proxy.mp4']
        ORDER BY p.played_at LIMIT most)
    UNION ALL
    (SELECT p.id, p.organization_id, 'unseen' FROM previews_preview p
        WHERE p.is_active AND p.checked_at < now() - make_interval(secs => checked_s)
        AND p.state IN ('ready', 'partial') ORDER BY p.checked_at LIMIT most)
    UNION ALL
    (SELECT p.id, p.organization_id, 'withheld' FROM previews_preview p
        WHERE p.is_active AND p.withheld <> '[]' AND p.state IN ('ready', 'partial') LIMIT most)
"""


class Migration(MigrationInSteps):
    # Indexes of a table that is there are built beside its writers.
    dependencies = [("previews", "0004_marked_copies")]

    operations = [
        migrations.CreateModel(
            name="Speed",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("recent", models.JSONField(default=list)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={"db_table": "previews_speed"},
        ),
        migrations.AddField(
            "preview",
            "checked_at",
            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            "preview",
            "played_at",
            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            "preview", "lane", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.AddField("preview", "work", models.FloatField(null=True)),
        migrations.AddField("preview", "withheld", models.JSONField(db_default=[], default=list)),
        migrations.AlterField(
            "preview",
            "state",
            models.CharField(
                choices=[
                    ("none", "None"),
                    ("building", "Building"),
                    ("partial", "Partial"),
                    ("ready", "Ready"),
                    ("failed", "Failed"),
                ],
                default="building",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            "markedcopy",
            "state",
            models.CharField(
                choices=[
                    ("none", "None"),
                    ("building", "Building"),
                    ("partial", "Partial"),
                    ("ready", "Ready"),
                    ("failed", "Failed"),
                ],
                default="building",
                max_length=16,
            ),
        ),
        AddIndexConcurrently(
            "preview", models.Index(fields=["updated_at"], condition=LEFT, name="previews_preview_left")
        ),
        AddIndexConcurrently(
            "preview",
            models.Index(
                fields=["played_at"], condition=models.Q(is_active=True), name="previews_preview_played"
            ),
        ),
        AddIndexConcurrently(
            "preview",
            models.Index(
                fields=["checked_at"], condition=models.Q(is_active=True), name="previews_preview_checked"
            ),
        ),
        AddIndexConcurrently(
            "preview",
            models.Index(
                fields=["organization", "sha256"],
                condition=models.Q(is_active=True) & ~models.Q(withheld=[]),
                name="previews_preview_withheld",
            ),
        ),
        door(
            "previews_due(grace_s integer, kept_s integer, checked_s integer, most integer)",
            "TABLE (id uuid, organization_id uuid, why text)",
            DUE,
        ),
    ]
