"""What pictures look like, and the pairs that look the same; all of it goes with the versions and masters it is about."""

import django.db.models.deletion
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import fence, kind


def goes_with(table: str, column: str, parent: str) -> migrations.RunSQL:
    """Return the composite foreign key of a row that is gone once its parent is."""
    name = f"{table}_{column}_tenant"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (organization_id, {column}) "
        f"REFERENCES {parent} (organization_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("assets", "0009_sidecars"),
        ("orgs", "0003_tokens_of_one_project"),
    ]

    operations = [
        migrations.CreateModel(
            name="Fingerprint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("kind", models.CharField(max_length=16)),
                ("duration", models.FloatField(null=True)),
                ("recipe", models.PositiveIntegerField()),
                (
                    "master",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assets.master",
                    ),
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
            options={
                "db_table": "similarity_fingerprint",
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("place", models.SmallIntegerField(default=0)),
                ("band0", models.IntegerField()),
                ("band1", models.IntegerField()),
                ("band2", models.IntegerField()),
                ("band3", models.IntegerField()),
                ("band4", models.IntegerField()),
                ("band5", models.IntegerField()),
                ("band6", models.IntegerField()),
                ("band7", models.IntegerField()),
                ("sample", models.BinaryField()),
                (
                    "fingerprint",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="looks",
                        to="similarity.fingerprint",
                    ),
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
            options={
                "db_table": "similarity_look",
            },
        ),
        migrations.CreateModel(
            name="Pair",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("kind", models.CharField(choices=[("exact", "Exact"), ("near", "Near")], max_length=16)),
                ("score", models.FloatField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("dismissed", "Dismissed"), ("merged", "Merged")],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "first",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assets.version",
                    ),
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
                (
                    "second",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assets.version",
                    ),
                ),
            ],
            options={
                "db_table": "similarity_pair",
            },
        ),
        migrations.AddConstraint(
            model_name="fingerprint",
            constraint=models.UniqueConstraint(
                fields=("organization", "master"), name="similarity_fingerprint_once"
            ),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["organization", "band0"], name="similarity_look_band0"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["organization", "band1"], name="similarity_look_band1"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["organization", "band2"], name="similarity_look_band2"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["organization", "band3"], name="similarity_look_band3"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["organization", "band4"], name="similarity_look_band4"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["organization", "band5"], name="similarity_look_band5"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["organization", "band6"], name="similarity_look_band6"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["organization", "band7"], name="similarity_look_band7"),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.UniqueConstraint(
                fields=("organization", "fingerprint", "place"), name="similarity_look_once"
            ),
        ),
        migrations.AddIndex(
            model_name="pair",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["organization", "-created_at", "-id"],
                name="similarity_pair_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.UniqueConstraint(
                fields=("organization", "first", "second"), name="similarity_pair_once"
            ),
        ),
        *fence("similarity_fingerprint"),
        *fence("similarity_look"),
        *fence("similarity_pair", definer=True),
        goes_with("similarity_fingerprint", "master_id", "assets_master"),
        goes_with("similarity_look", "fingerprint_id", "similarity_fingerprint"),
        goes_with("similarity_pair", "first_id", "assets_version"),
        goes_with("similarity_pair", "second_id", "assets_version"),
        kind("duplicate", "similarity_pair"),
    ]
