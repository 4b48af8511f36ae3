"""How much of its part an operation has done: a part is done in slices, as large as the machine allows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bulk", "0003_queries_follow")]

    operations = [migrations.AddField("operation", "place", models.IntegerField(default=0, db_default=0))]
