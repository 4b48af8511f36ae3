"""The ledger of storage: a line a day and project."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import dam.core.tenancy
from dam.core.db import fence


class Migration(migrations.Migration):
    dependencies = [("ingest", "0006_transfers"), ("orgs", "0003_tokens_of_one_project")]

    operations = [
        migrations.CreateModel(
            name="LedgerLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "day",
                        "project_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("project_id", models.UUIDField()),
                ("client_id", models.UUIDField(null=True)),
                ("masters", models.BigIntegerField()),
                ("master_bytes", models.BigIntegerField()),
                ("preview_bytes", models.BigIntegerField()),
                ("remainder", models.FloatField()),
                ("price", models.DecimalField(decimal_places=6, max_digits=20)),
                ("currency", models.CharField(max_length=16)),
                (
                    "written_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
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
            options={"db_table": "ingest_ledger"},
        ),
        *fence("ingest_ledger", keyed=False),
    ]
