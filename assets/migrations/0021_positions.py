"""What lies in a collection has a position in it; what lay there before stands as it came."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from dam.core.steps import MigrationInSteps

NEXT = "assets_collectionitem_next"


class Migration(MigrationInSteps):
    # Indexes of a table that is there are built beside its writers.
    dependencies = [("assets", "0020_search_by_shoots")]

    operations = [
        migrations.RunSQL(
            f"CREATE SEQUENCE {NEXT}; GRANT USAGE ON SEQUENCE {NEXT} TO {settings.DATABASE_ROLES['app']}, "
            f"{settings.DATABASE_ROLES['migrator']}",
            f"DROP SEQUENCE {NEXT}",
        ),
        migrations.AddField(
            "collectionitem",
            "position",
            models.BigIntegerField(db_default=models.Func(models.Value(NEXT), function="nextval")),
        ),
        AddIndexConcurrently(
            "collectionitem",
            models.Index(
                fields=["organization", "collection", "position", "asset"],
                name="assets_collectionitem_order",
            ),
        ),
    ]
