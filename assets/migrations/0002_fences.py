"""Fences around the catalogue."""

from django.db import migrations

from dam.core.db import fence, kind


class Migration(migrations.Migration):
    dependencies = [("assets", "0001_catalogue"), ("orgs", "0002_fences")]

    operations = [
        *fence("assets_master"),
        *fence("assets_asset", parents={"project_id": "orgs_project"}, definer=True),
        *fence(
            "assets_version",
            parents={"asset_id": "assets_asset", "master_id": "assets_master"},
            definer=True,
        ),
        *fence(
            "assets_collection",
            parents={"project_id": "orgs_project", "parent_id": "assets_collection"},
            definer=True,
        ),
        *fence(
            "assets_collectionitem",
            parents={
                "collection_id": "assets_collection",
                "asset_id": "assets_asset",
                "version_id": "assets_version",
            },
        ),
        # An asset and its head point at each other, so this key can only come after both tables are fenced.
        migrations.RunSQL(
            "ALTER TABLE assets_asset ADD CONSTRAINT assets_asset_current_version_id_tenant "
            "FOREIGN KEY (organization_id, current_version_id) REFERENCES assets_version (organization_id, id) "
            "DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE assets_asset DROP CONSTRAINT assets_asset_current_version_id_tenant",
        ),
        kind("asset", "assets_asset"),
        kind("version", "assets_version"),
        kind("collection", "assets_collection"),
    ]
