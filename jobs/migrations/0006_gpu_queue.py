"""A queue for workers with a graphics card."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_turns")]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="queue",
            field=models.CharField(
                choices=[("short", "Short"), ("encode", "Encode"), ("gpu", "Gpu")], max_length=16
            ),
        ),
    ]
