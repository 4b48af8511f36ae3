"""Fences around comments."""

from django.db import migrations

from dam.core.db import fence, kind


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0001_threads"),
        ("orgs", "0002_fences"),
        ("assets", "0002_fences"),
    ]

    operations = [
        *fence(
            "comments_comment",
            parents={
                "version_id": "assets_version",
                "parent_id": "comments_comment",
                "author_guest_id": "orgs_guest",
            },
            definer=True,
        ),
        kind("comment", "comments_comment"),
    ]
