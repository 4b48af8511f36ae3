"""What reviewers decided of versions, behind its fences."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import dam.core.db
import dam.core.tenancy
from dam.core.db import fence


class Migration(migrations.Migration):
    dependencies = [
        ("assets", "0027_approvals"),
        ("comments", "0003_counted"),
        ("orgs", "0003_tokens_of_one_project"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=dam.core.db.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("approved", "Approved"), ("changes_requested", "Changes Requested")],
                        max_length=20,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                ("decided_at", models.DateTimeField()),
                (
                    "guest",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="orgs.guest",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        default=dam.core.tenancy.current_organization,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.organization",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="assets.version",
                    ),
                ),
            ],
            options={
                "db_table": "comments_approval",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("user", None), ("guest", None), _connector="OR"),
                        name="comments_approval_one_reviewer",
                    ),
                    models.UniqueConstraint(
                        fields=("organization", "version", "user"), name="comments_approval_of_user"
                    ),
                    models.UniqueConstraint(
                        fields=("organization", "version", "guest"), name="comments_approval_of_guest"
                    ),
                ],
            },
        ),
        *fence("comments_approval", parents={"version_id": "assets_version", "guest_id": "orgs_guest"}),
    ]
