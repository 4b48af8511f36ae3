"""The index of entries of the form before is asked for nothing any more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assets", "0035_search_older")]

    operations = [migrations.RemoveIndex("searchentry", "assets_search_behind")]
