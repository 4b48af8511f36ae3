"""The door by which upkeep learns whose entries of search are of an older form."""

from django.db import migrations

from dam.core.db import door

# The condition repeats that of the index, so that asking costs nothing where nothing is behind.
BEHIND = "SELECT DISTINCT organization_id FROM assets_search WHERE form < 2 AND form < current_form LIMIT 100"


class Migration(migrations.Migration):
    dependencies = [("assets", "0011_search_behind")]

    operations = [door("assets_behind(current_form integer)", "SETOF uuid", BEHIND)]
