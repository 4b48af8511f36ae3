"""What of a version's facts filters and sorts, as columns: null until probed, so nothing is to be filled in."""

from django.db import migrations, models

FIELDS = {
    "captured_at": models.DateTimeField,
    "camera": models.TextField,
    "lens": models.TextField,
    "codec": models.TextField,
    "audio_codec": models.TextField,
    "container": models.TextField,
    "color_space": models.TextField,
    "hdr": models.BooleanField,
    "latitude": models.FloatField,
    "longitude": models.FloatField,
    "loudness": models.FloatField,
    "page_count": models.PositiveIntegerField,
}


class Migration(migrations.Migration):
    dependencies = [("assets", "0005_fields")]

    operations = [
        migrations.AddField("version", name, field=field(null=True)) for name, field in FIELDS.items()
    ]
