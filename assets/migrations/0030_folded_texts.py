"""Texts of custom fields in small letters, beside them: what the query language compares without case.

The database keeps the column itself, so nobody who writes values has to; adding it writes the table anew.
"""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("assets", "0029_search_by_approvals")]

    operations = [
        migrations.AddField(
            "fieldvalue",
            "as_folded",
            models.GeneratedField(
                db_persist=True, expression=Lower("as_text"), output_field=models.TextField(null=True)
            ),
        ),
    ]
