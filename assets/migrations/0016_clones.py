"""A version may repeat another of its asset; what is delivered is there once, as before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assets", "0015_search_by_conditions")]

    operations = [
        migrations.AddField("version", "cloned_from", models.UUIDField(null=True)),
        migrations.RemoveConstraint("version", "assets_version_once"),
        migrations.AddConstraint(
            "version",
            models.UniqueConstraint(
                fields=["organization", "asset", "sha256"],
                condition=models.Q(cloned_from=None),
                name="assets_version_delivered",
            ),
        ),
    ]
