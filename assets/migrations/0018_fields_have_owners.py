"""Tell the planner that a field belongs to one organisation.

Otherwise it takes the two for independent, expects a hundredth of the values that a field has, and reads all of them
instead of walking the list until a page is full.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assets", "0017_relevance")]

    operations = [
        migrations.RunSQL(
            "CREATE STATISTICS assets_fieldvalue_owner (dependencies) ON organization_id, field_id FROM assets_fieldvalue",
            "DROP STATISTICS assets_fieldvalue_owner",
        ),
    ]
