"""Days in the trash, per organisation; null is what the platform is set to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orgs", "0003_tokens_of_one_project")]

    operations = [migrations.AddField("organization", "trash_days", models.PositiveIntegerField(null=True))]
