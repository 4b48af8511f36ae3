"""Endpoints of comments and approvals, for members and for guests of a share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from assets.queries import asset_for, version_for
from comments import export, queries, services
from comments.inputs import (
    ApprovalInput,
    ApprovalOutput,
    CommentChange,
    CommentInput,
    CommentOutput,
    ExportQuery,
)
from dam.core.access import Permission
from dam.core.web.api import Endpoint, IdempotentEndpoint, ListQuery, etag_of, single
from dam.core.web.guests import GuestEndpoint
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from dam.core.web.rendering import FormatIsOurs


class VersionCommentsView(IdempotentEndpoint):
    is_hot = True
    path_kind = "version"
    body_kinds: ClassVar[Mapping[str, str]] = {}
    permissions = {"GET": Permission.VIEW, "POST": Permission.COMMENT}
    inputs = {"POST": CommentInput}
    outputs = {"GET": page_of(CommentOutput), "POST": CommentOutput}
    queries = {"GET": ListQuery}

    def get(self, request: Request, id: str, **_: str) -> Response:
        """List the comments on a version, oldest first."""
        query = self.query()
        version = version_for(self.actor, self.path_id, self.required)
        page = paginate(queries.comments_on_version(self.actor, version), self.page(query, sort="created_at"))
        return Response(page.envelope([queries.comment_document(each) for each in page.rows]))

    def judge_again(self) -> None:
        version_for(self.actor, self.path_id, self.required)

    def post(self, request: Request, id: str, **_: str) -> Response:
        """Comment on a version: on frames, a time, a page, or in general; with `parent`, reply."""
        version = version_for(self.actor, self.path_id, self.required)
        comment = services.create_comment(actor=self.actor, version=version, given=self.input())
        return single(queries.comment_document(comment), comment, status=201)


class GuestCommentsView(GuestEndpoint, VersionCommentsView):
    """The same through a share's link; internal comments are never told."""

    body_kinds: ClassVar[Mapping[str, str]] = {}


class AssetCommentsView(Endpoint):
    is_hot = True
    path_kind = "asset"
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": page_of(CommentOutput)}
    queries = {"GET": ListQuery}

    def get(self, request: Request, id: str) -> Response:
        """List the comments on every version of an asset, oldest first."""
        query = self.query()
        asset = asset_for(self.actor, self.path_id, self.required)
        page = paginate(queries.comments_on_asset(self.actor, asset), self.page(query, sort="created_at"))
        return Response(page.envelope([queries.comment_document(each) for each in page.rows]))


class CommentView(Endpoint):
    path_kind = "comment"
    body_kinds = {}
    permissions = {"GET": Permission.VIEW, "PATCH": Permission.COMMENT, "DELETE": Permission.COMMENT}
    inputs = {"PATCH": CommentChange}
    outputs = {"GET": CommentOutput, "PATCH": CommentOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a comment."""
        self.query()
        comment, _ = queries.comment_for(self.actor, self.path_id, self.required)
        return single(queries.comment_document(comment), comment)

    def patch(self, request: Request, id: str) -> Response:
        """Edit one's own comment, or resolve it; editors resolve anybody's."""
        comment, version = queries.comment_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(comment))
        comment = services.change_comment(
            comment, actor=self.actor, version=version, changes=self.partial_input()
        )
        return single(queries.comment_document(comment), comment)

    def delete(self, request: Request, id: str) -> Response:
        """Delete one's own comment; admins delete anybody's."""
        comment, version = queries.comment_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(comment))
        services.delete_comment(comment, actor=self.actor, version=version)
        return Response(status=204)


class ExportView(Endpoint):
    path_kind = "version"
    content_negotiation_class = FormatIsOurs
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": None}
    queries = {"GET": ExportQuery}

    def get(self, request: Request, id: str) -> HttpResponse:
        """Return all comments on a version as a file."""
        kind = self.query()["format"]
        version = version_for(self.actor, self.path_id, self.required)
        rows = queries.comments_on_version(self.actor, version).order_by("created_at", "id")
        documents = [queries.comment_document(each) for each in rows]
        body = export.as_csv(documents) if kind == "csv" else export.as_json(documents)
        media_type = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
        attachment = f'attachment; filename="comments-{version.id}.{kind}"'
        return HttpResponse(body, content_type=media_type, headers={"Content-Disposition": attachment})


class ApprovalsView(Endpoint):
    path_kind = "version"
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": page_of(ApprovalOutput)}
    queries = {"GET": ListQuery}

    def get(self, request: Request, id: str, **_: str) -> Response:
        """List what reviewers decided of a version, oldest first; one decision stands for each reviewer."""
        query = self.query()
        version = version_for(self.actor, self.path_id, self.required)
        page = paginate(queries.approvals_of(version), self.page(query, sort="created_at"))
        return Response(page.envelope([queries.approval_document(each, version) for each in page.rows]))


class ApprovalView(Endpoint):
    path_kind = "version"
    body_kinds: ClassVar[Mapping[str, str]] = {}
    permissions = {"PUT": Permission.APPROVE, "DELETE": Permission.APPROVE}
    inputs = {"PUT": ApprovalInput}
    outputs = {"PUT": ApprovalOutput}
    statuses = {"PUT": 201}
    repeated = {"PUT": 200}

    def put(self, request: Request, id: str, **_: str) -> Response:
        """Approve a version, or ask for changes: one's own decision, which replaces the one before."""
        version = queries.version_to_decide(self.actor, self.path_id, self.required)
        before = queries.own_approval(self.actor, version)
        self.check_if_match(etag_of(before) if before is not None else "")
        approval = services.decide(self.actor, version=version, **self.input())
        document = queries.approval_document(approval, version)
        return single(document, approval, status=201 if before is None else 200)

    def delete(self, request: Request, id: str, **_: str) -> Response:
        """Withdraw one's own decision."""
        version = queries.version_to_decide(self.actor, self.path_id, self.required)
        before = queries.own_approval(self.actor, version)
        self.check_if_match(etag_of(before) if before is not None else "")
        services.withdraw(self.actor, version=version)
        return Response(status=204)


class GuestApprovalsView(GuestEndpoint, ApprovalsView):
    """The same through a share's link."""

    body_kinds: ClassVar[Mapping[str, str]] = {}


class GuestApprovalView(GuestEndpoint, ApprovalView):
    """The same through a share's link, where it lets guests comment."""

    body_kinds: ClassVar[Mapping[str, str]] = {}
