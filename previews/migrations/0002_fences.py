"""Fences around the previews."""

from django.db import migrations

from dam.core.db import fence


class Migration(migrations.Migration):
    dependencies = [("previews", "0001_previews"), ("core", "0003_fences")]

    operations = [*fence("previews_preview")]
