"""What an asset said of a version before it was attached to another."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assets", "0006_typed_facts")]

    operations = [
        migrations.AddField(model_name="version", name="described", field=models.JSONField(null=True)),
    ]
