"""Search finds by everything an asset says; entries of before are told apart, and entered anew in the background."""

import django.db.models.deletion
from django.db import migrations, models

import dam.core.tenancy
from dam.core.db import fence


class Migration(migrations.Migration):
    dependencies = [("assets", "0009_sidecars")]

    operations = [
        # Two steps, neither of which rewrites the table: what is there has the first form, what comes the second.
        migrations.AddField("searchentry", "form", models.SmallIntegerField(db_default=1)),
        migrations.AlterField("searchentry", "form", models.SmallIntegerField(db_default=2)),
        migrations.AddField("sidecar", "words", models.TextField(blank=True, db_default="")),
        migrations.CreateModel(
            name="LexiconEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "cut",
                        "word",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("cut", models.TextField()),
                ("word", models.TextField()),
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
            options={"db_table": "assets_lexicon"},
        ),
        *fence("assets_lexicon", keyed=False),
    ]
