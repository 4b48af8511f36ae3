"""Enter among what search finds what lay in the catalogue before."""

from django.db import migrations

from assets.search import Said, vector

BATCH = 1000


def fill(apps, schema_editor):
    """Enter what is in the catalogue already."""
    assets, entries = (
        apps.get_model("assets", "Asset").objects,
        apps.get_model("assets", "SearchEntry").objects,
    )
    rows = assets.values_list("id", "organization_id", "created_at", "title", "tags").order_by("id")
    batch = []
    for asset_id, organization_id, created_at, title, tags in rows.iterator(chunk_size=BATCH):
        given = {"asset_id": asset_id, "organization_id": organization_id, "created_at": created_at}
        batch.append(entries.model(**given, words=vector(Said(title, tags))))
        if len(batch) == BATCH:
            entries.bulk_create(batch)
            batch = []
    entries.bulk_create(batch)


class Migration(migrations.Migration):
    dependencies = [("assets", "0003_search_and_indexes")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
