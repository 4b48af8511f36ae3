"""Fences around uploads, claims and manifests, and the janitor's door."""

from django.db import migrations

from dam.core.db import door, fence, kind


class Migration(migrations.Migration):
    dependencies = [("ingest", "0001_uploads"), ("orgs", "0002_fences"), ("assets", "0002_fences")]

    operations = [
        *fence(
            "ingest_upload",
            parents={"project_id": "orgs_project", "asset_id": "assets_asset"},
            definer=True,
        ),
        *fence("ingest_promotion"),
        *fence("ingest_manifest", append_only=True),
        kind("upload", "ingest_upload"),
        door(
            "uploads_expired(most integer)",
            "TABLE (id uuid, organization_id uuid)",
            "SELECT u.id, u.organization_id FROM ingest_upload u WHERE u.is_staged "
            "AND u.state NOT IN ('promoting', 'scanning') AND u.expires_at <= now() "
            "ORDER BY u.expires_at LIMIT most",
        ),
    ]
