"""Watchers of an operation's projects are told every few seconds, not for each part."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bulk", "0001_operations")]

    operations = [
        migrations.AddField("operation", "untold", models.JSONField(default=list)),
        migrations.AddField("operation", "told_at", models.DateTimeField(null=True)),
    ]
