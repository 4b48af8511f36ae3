"""What stands of reviewers' decisions, on the version and on the asset whose head it is; nothing is decided yet."""

from django.db import migrations, models

STATES = [("none", "None"), ("approved", "Approved"), ("changes_requested", "Changes Requested")]


def _state():
    return models.CharField(choices=STATES, db_default="none", default="none", max_length=20)


class Migration(migrations.Migration):
    dependencies = [("assets", "0026_rows_of_lists")]

    operations = [
        migrations.AddField("version", "approval", _state()),
        migrations.AddField("version", "approved", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField(
            "version", "changes_requested", models.PositiveIntegerField(db_default=0, default=0)
        ),
        migrations.AddField("asset", "approval", _state()),
        migrations.AddField("asset", "approved", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField(
            "asset", "changes_requested", models.PositiveIntegerField(db_default=0, default=0)
        ),
    ]
