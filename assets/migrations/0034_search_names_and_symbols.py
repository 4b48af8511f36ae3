"""Entries of search have another form: names of files by themselves, symbols, and words with their signs."""

from django.db import migrations, models

from dam.core.db import door

SIGNATURE = "assets_behind(current_form integer)"
# The condition repeats that of the index, so that asking costs nothing where nothing is behind.
BEFORE = "SELECT DISTINCT organization_id FROM assets_search WHERE form < 2 AND form < current_form LIMIT 100"
BEHIND = BEFORE.replace("form < 2", "form < 3")


class Migration(migrations.Migration):
    dependencies = [("assets", "0033_search_by_known_trash")]

    operations = [
        migrations.AlterField("searchentry", "form", models.SmallIntegerField(db_default=3)),
        migrations.RunSQL("DROP FUNCTION assets_behind", door(SIGNATURE, "SETOF uuid", BEFORE).sql),
        door(SIGNATURE, "SETOF uuid", BEHIND),
    ]
