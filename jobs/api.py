"""Endpoints of background work."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from dam.core.access import Permission
from dam.core.web.api import Endpoint, single
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from jobs import queries, services
from jobs.inputs import JobOutput, JobsQuery, NoInput
from jobs.presentation import job_document
from orgs.queries import project_for


class JobsView(Endpoint):
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": page_of(JobOutput)}
    queries = {"GET": JobsQuery}

    def get(self, request: Request) -> Response:
        """List jobs, newest first."""
        query = self.query()
        if project := query.get("project"):
            project_for(self.actor, project, self.required)
        jobs = queries.jobs_in(
            self.actor, self.organization_id, project_id=query.get("project"), state=query.get("state")
        )
        page = paginate(jobs, self.page(query, sort="-created_at"))
        return Response(page.envelope([job_document(each) for each in page.rows]))


class JobView(Endpoint):
    path_kind = "job"
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": JobOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return one job."""
        self.query()
        job = queries.job_for(self.actor, self.path_id, self.required)
        return single(job_document(job), job)


class JobRetryView(Endpoint):
    path_kind = "job"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": NoInput}
    outputs = {"POST": JobOutput}
    statuses = {"POST": 202}

    def post(self, request: Request, id: str) -> Response:
        """Queue a failed or cancelled job again."""
        self.input()
        job = queries.job_for(self.actor, self.path_id, self.required, lock=True)
        return Response(job_document(services.retry(job, actor=self.actor)), status=202)


class JobCancelView(Endpoint):
    path_kind = "job"
    permissions = {"POST": Permission.EDIT}
    inputs = {"POST": NoInput}
    outputs = {"POST": JobOutput}
    statuses = {"POST": 200}

    def post(self, request: Request, id: str) -> Response:
        """Cancel a job that has not ended; one that is cancelled already stays so."""
        self.input()
        job = queries.job_for(self.actor, self.path_id, self.required, lock=True)
        return Response(job_document(services.cancel(job, actor=self.actor)))
