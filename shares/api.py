"""Endpoints of shares for members, of links for guests, and of revocations for the edge."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpResponseRedirect
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from assets.inputs.assets import AssetOutput
from assets.queries import asset_rows, assets_in_share, version_for
from dam.core.access import Permission
from dam.core.errors import NotFound
from dam.core.web.api import Endpoint, IdempotentEndpoint, ListQuery, etag_of, single
from dam.core.web.guests import GuestEndpoint, set_guest_cookie
from dam.core.web.outputs import page_of
from dam.core.web.pagination import paginate
from orgs.queries import project_for, project_in_body
from previews.edge_tokens import revocation_of_share
from previews.queries import revocations, revocations_lifted_since
from previews.services import marked_download_url, prepare_pictures
from shares import passes, queries, services
from shares.inputs import (
    AccessOutput,
    GuestAssetsQuery,
    NewShareOutput,
    PublicShareOutput,
    RevocationsOutput,
    ShareChange,
    ShareInput,
    ShareOutput,
    SharesQuery,
    UnlockInput,
    UnlockOutput,
)

TERMS = ("password", "expires_at", "max_views", "allow_download", "allow_comments", "watermark")


class SharesView(IdempotentEndpoint):
    body_kinds = {"project": "project"}
    permissions = {"GET": Permission.SHARE, "POST": Permission.SHARE}
    inputs = {"POST": ShareInput}
    outputs = {"GET": page_of(ShareOutput), "POST": NewShareOutput}
    queries = {"GET": SharesQuery}

    def get(self, request: Request) -> Response:
        """List the shares of a project, or of every project where the caller may share; revoked ones too."""
        query = self.query()
        rows = queries.shares_managed_by(self.actor)
        if "project" in query:
            rows = rows.filter(project=project_for(self.actor, query["project"], self.required))
        page = paginate(rows, self.page(query, sort="-created_at"))
        return Response(page.envelope([queries.share_document(each) for each in page.rows]))

    def post(self, request: Request) -> Response:
        """Make a link to some assets or a collection; `url` and `token` are told this once only."""
        given = self.input()
        project = project_in_body(self.actor, given["project"], self.required)
        share, token = services.create_share(
            actor=self.actor,
            project=project,
            asset_ids=given.get("assets", ()),
            collection=queries.collection_to_share(
                self.actor, given.get("collection"), project_id=project.id
            ),
            versions=given["versions"],
            name=given.get("name", ""),
            terms=services.Terms(**{name: given[name] for name in TERMS if name in given}),
        )
        address = {"url": f"{settings.PORTAL_URL}/s/{token}", "token": token}
        return single(queries.share_document(share) | address, share, status=201)


class ShareView(Endpoint):
    path_kind = "share"
    permissions = {"GET": Permission.SHARE, "PATCH": Permission.SHARE, "DELETE": Permission.SHARE}
    inputs = {"PATCH": ShareChange}
    outputs = {"GET": ShareOutput, "PATCH": ShareOutput}

    def get(self, request: Request, id: str) -> Response:
        """Return a share."""
        self.query()
        share = queries.share_for(self.actor, self.path_id, self.required)
        return single(queries.share_document(share), share)

    def patch(self, request: Request, id: str) -> Response:
        """Change the terms of a link; null takes the password, the expiry or the cap on views away."""
        share = queries.share_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(share))
        share = services.change_share(share, actor=self.actor, changes=self.partial_input())
        return single(queries.share_document(share), share)

    def delete(self, request: Request, id: str) -> Response:
        """Revoke a link for good; what it opened at the edge closes within seconds."""
        share = queries.share_for(self.actor, self.path_id, self.required, lock=True)
        self.check_if_match(etag_of(share))
        services.revoke_share(share, actor=self.actor)
        return Response(status=204)


class ShareAccessesView(Endpoint):
    path_kind = "share"
    permissions = {"GET": Permission.AUDIT}
    outputs = {"GET": page_of(AccessOutput)}
    queries = {"GET": ListQuery}

    def get(self, request: Request, id: str) -> Response:
        """List who came by a link and what they asked for, newest first."""
        share = queries.share_for(self.actor, self.path_id, self.required)
        page = paginate(queries.accesses_of(share), self.page(self.query(), sort="-created_at"))
        return Response(page.envelope([queries.access_document(each) for each in page.rows]))


# --- for guests -------------------------------------------------------------------------------------


def _entry(request: Request) -> services.Entry:
    """Return what the link's authentication left for its views."""
    admission: Any = request.auth  # the framework knows only its own tokens
    entry: services.Entry = admission.entry
    return entry


class PublicShareView(GuestEndpoint):
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": PublicShareOutput}

    def get(self, request: Request, token: str) -> Response:
        """Return what a link opens, and who the guest is once they have said so."""
        self.query()
        entry = _entry(request)
        return Response(queries.public_document(entry.share, entry.guest))


class UnlockView(GuestEndpoint):
    """Opens its own scopes: the password is hashed between them, and a wrong one stays logged."""

    needs_organization = False
    allows_anonymous = True
    permissions = {"POST": Permission.VIEW}
    inputs = {"POST": UnlockInput}
    outputs = {"POST": UnlockOutput}
    statuses = {"POST": 200}

    def get_authenticators(self) -> list[BaseAuthentication]:
        return []

    def post(self, request: Request, token: str) -> Response:
        """Open a link by its password, and name the guest; the answer's cookie, or `access`, continues the visit."""
        given = self.input()
        caller = services.Caller(
            token=token,
            header=request.headers.get(passes.HEADER),
            cookies=request.COOKIES,
            ip=self.actor.ip,
            user_agent=self.actor.user_agent,
        )
        guestbook = services.Guestbook(given.get("name"), given.get("email"))
        entry = services.unlock(caller, password=given.get("password"), guestbook=guestbook)
        cookie = passes.cookie(entry.proof)
        response = Response(
            {
                "guest": queries.guest_document(entry.guest),
                "expires_at": services.ends_at(entry),
                "access": cookie.value,
            }
        )
        set_guest_cookie(response, cookie)
        return response


class GuestAssetsView(GuestEndpoint):
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": page_of(AssetOutput)}
    queries = {"GET": GuestAssetsQuery}

    def get(self, request: Request, token: str) -> Response:
        """List the assets that the link shows; `include=thumbnail` adds signed pictures."""
        query = self.query()
        share = queries.pass_of(_entry(request).share)
        rows = assets_in_share(share)
        page = paginate(rows, self.page(query, sort=query["sort"]))
        if "include" in query and share.watermark:
            prepare_pictures(self.actor, [each.id for each in page.rows])
        include = [query["include"]] if "include" in query else []
        return Response(page.envelope(asset_rows(self.actor, page.rows, include=include)))


class GuestDownloadView(GuestEndpoint):
    path_kind = "version"
    permissions = {"GET": Permission.DOWNLOAD}
    outputs = {"GET": None}
    statuses = {"GET": 302}

    def get(self, request: Request, token: str, id: str) -> HttpResponseRedirect:
        """Redirect to a short-lived address of the master, or of the watermarked copy, where the link allows it."""
        self.query()
        version = version_for(self.actor, self.path_id, self.required)
        if self.actor.share is not None and self.actor.share.watermark:
            return HttpResponseRedirect(marked_download_url(self.actor, version))
        return HttpResponseRedirect(services.download_url(version))


# --- for the edge -----------------------------------------------------------------------------------


class RevocationsView(Endpoint):
    """Answers peers on this machine alone: the edge asks every few seconds, the front never hands it on."""

    authentication_classes: list[Any] = []
    allows_anonymous = True
    needs_organization = False
    permissions = {"GET": Permission.VIEW}
    outputs = {"GET": RevocationsOutput}

    def get(self, request: Request) -> Response:
        """Return what of edge tokens must die before its time, and what an operator has let live again."""
        if not _is_loopback(str(request.META.get("PEER_ADDR", ""))):
            raise NotFound
        since = timezone.now() - queries.REVOCATIONS_KEPT
        revoked = [*(revocation_of_share(each) for each in queries.revoked_since(since)), *revocations()]
        # A share that was given more time may have run out again: what is revoked now is not lifted.
        lifted = set(revocations_lifted_since(since)).difference(revoked)
        return Response({"revoked": revoked, "lifted": sorted(lifted)})


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
