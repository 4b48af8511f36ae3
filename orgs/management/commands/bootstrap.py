"""`manage.py bootstrap`: the first admin, organisation and project, so that there is somewhere to upload to."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from dam import env
from orgs.services import ensure_first_project, ensure_person

SLUG = "studio"


class Command(BaseCommand):
    help = "Make the first admin, organisation and project; prints JSON. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        made = ensure_person(
            email=settings.ADMIN_EMAIL,
            name="Admin",
            slug=SLUG,
            role="admin",
            password=env.read("DAM_ADMIN_PASSWORD", "") or None,
            organization_name="Studio",
        )
        project_id = ensure_first_project(organization_id=made["organization"], name="First project")
        document = {each: made[each] for each in ("email", "password", "organization")} | {
            "project": project_id
        }
        self.stdout.write(json.dumps(document, default=str))
