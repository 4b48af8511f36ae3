"""Fences around links, and the two doors that guests and edges come by."""

from django.db import migrations

from dam.core.db import door, fence, kind


class Migration(migrations.Migration):
    dependencies = [
        ("shares", "0001_links"),
        ("orgs", "0002_fences"),
        ("assets", "0002_fences"),
    ]

    operations = [
        *fence(
            "shares_share",
            parents={"project_id": "orgs_project", "collection_id": "assets_collection"},
            definer=True,
        ),
        *fence(
            "shares_access",
            parents={"share_id": "shares_share", "guest_id": "orgs_guest"},
            append_only=True,
        ),
        kind("share", "shares_share"),
        # A dead link is not found at all, so that nothing above can tell it from one that never was.
        door(
            "share_by_token_hash(given bytea)",
            "TABLE (id uuid, organization_id uuid)",
            "SELECT s.id, s.organization_id FROM shares_share s WHERE s.token_hash = given "
            "AND s.revoked_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > now())",
        ),
        door(
            "revocations_since(moment timestamptz)",
            "SETOF uuid",
            "SELECT s.id FROM shares_share s WHERE s.revoked_at >= moment "
            "OR (s.expires_at >= moment AND s.expires_at <= now())",
        ),
    ]
