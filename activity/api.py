"""The endpoint of the record."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from activity import queries
from activity.inputs import ActivitiesQuery, ActivityOutput
from activity.presentation import activity_documents
from dam.core.access import Permission
from dam.core.web.api import Endpoint
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from orgs.queries import project_for

FILTERS = ("project", "asset", "version", "actor", "operation", "verb", "after", "before")


class ActivitiesView(Endpoint):
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": page_of(ActivityOutput)}
    queries = {"GET": ActivitiesQuery}

    def get(self, request: Request) -> Response:
        """List who did what to which thing, when and from where, newest first."""
        query = self.query()
        if project := query.get("project"):
            project_for(self.actor, project, self.required)
        wanted = queries.EventFilter(**{name: query[name] for name in FILTERS if name in query})
        events = queries.events_in(self.actor, self.organization_id, wanted)
        page = paginate(events, self.page(query, sort="-created_at"))
        return Response(page.envelope(activity_documents(page.rows, self.actor)))
