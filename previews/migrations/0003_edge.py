"""What the edges are told and what they sent: revocations, egress by organisation, share and day, logs counted."""

import django.db.models.deletion
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import door, fence, let_definer_read


class Migration(migrations.Migration):
    dependencies = [("orgs", "0003_tokens_of_one_project"), ("previews", "0002_fences")]

    operations = [
        migrations.CreateModel(
            name="EgressLog",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("counted_bytes", models.BigIntegerField(default=0)),
                ("counted_at", models.DateTimeField()),
            ],
            options={"db_table": "previews_egresslog"},
        ),
        migrations.CreateModel(
            name="Revocation",
            fields=[
                ("entry", models.TextField(primary_key=True, serialize=False)),
                ("reason", models.TextField(blank=True, default="")),
                ("revoked_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "previews_revocation"},
        ),
        migrations.CreateModel(
            name="Egress",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("day", models.DateField()),
                ("share_id", models.UUIDField()),
                ("requests", models.BigIntegerField(default=0)),
                ("bytes", models.BigIntegerField(default=0)),
                ("origin_bytes", models.BigIntegerField(default=0)),
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
                "db_table": "previews_egress",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "day", "share_id"), name="previews_egress_day"
                    )
                ],
                "indexes": [
                    models.Index(fields=["organization", "-created_at", "-id"], name="previews_egress_list")
                ],
            },
        ),
        *fence("previews_egress"),
        migrations.RunSQL(
            "CREATE POLICY definer ON previews_preview TO dam_definer USING (true)",
            "DROP POLICY definer ON previews_preview",
        ),
        migrations.RunSQL(*let_definer_read("previews_preview")),
        # A takedown is of bytes, whoever holds them.
        door(
            "organizations_with_preview(given text)",
            "SETOF uuid",
            "SELECT DISTINCT p.organization_id FROM previews_preview p WHERE p.sha256 = given",
        ),
    ]
