"""The reviewed table: every door of the API, the least role that may pass, and every id that it takes.

`least` is a project role, `anyone` for whoever is logged in, or `link` for doors that a share opens. `passes` is what
those who may get through are answered with the ids of their own corner, some of which (a 409) lie behind the fence.
`path` and `query` map parameters to nouns of the house; `ids` maps spots in the body, as dotted paths, to nouns.
"""

from __future__ import annotations

from tests.tenancy.door import NO_BODY, Door, Ids
from tests.tenancy.door import delete as _delete
from tests.tenancy.door import get as _get
from tests.tenancy.door import patch as _patch
from tests.tenancy.door import post as _post
from tests.tenancy.door import put as _put
from tests.tenancy.doors_above import COMMENTS, DUPLICATES, MIRRORS, SHARES
from tests.tenancy.doors_shoots import SHOOTS

__all__ = ["DOORS", "NO_BODY", "PUBLIC", "REQUIRED_QUERY", "Door", "Ids"]


def _members(place: str, least_to_see: str) -> list[Door]:
    route, at = f"{place}s/<str:id>/members", {"id": place}
    one = {"id": place, "member": f"member of {place}"}
    role = "member" if place == "org" else "editor"
    return [
        _get(route, least_to_see, path=at),
        _post(route, "admin", 201, lambda _: {"email": "new@example.test", "role": role}, path=at),
        _patch(f"{route}/<str:member>", "admin", lambda _: {"role": role}, path=one),
        _delete(f"{route}/<str:member>", "admin", path=one),
    ]


ORGS = [
    _get("me", "anyone"),
    _get("tokens", "anyone", by_session=True),
    _post(
        "tokens",
        "anyone",
        201,
        lambda ids: {"scope": "read", "project": ids["project"]},
        ids={"project": "project"},
        by_session=True,
    ),
    _delete("tokens/<str:id>", "anyone", path={"id": "token"}, by_session=True),
    _get("orgs", "anyone"),
    _post("orgs", "anyone", 201, lambda _: {"name": "New"}),
    _get("orgs/<str:id>", path={"id": "org"}),
    _get("orgs/<str:id>/egress", "admin", path={"id": "org"}),
    _patch("orgs/<str:id>", "admin", lambda _: {"name": "Renamed"}, path={"id": "org"}),
    *_members("org", "viewer"),
    _get("clients", query={"org": "org"}),
    _post("clients", "admin", 201, lambda ids: {"name": "New", "org": ids["org"]}, ids={"org": "org"}),
    _get("clients/<str:id>", path={"id": "client"}),
    _patch("clients/<str:id>", "admin", lambda _: {"name": "Renamed"}, path={"id": "client"}),
    # The client of the members' project has that project: what comes after the fence is `in-use`.
    _delete("clients/<str:id>", "admin", 409, path={"id": "client"}),
    *_members("client", "viewer"),
    _get("projects", query={"org": "org", "client": "client"}),
    _post(
        "projects",
        "admin",
        201,
        lambda ids: {"name": "New", "client": ids["client"], "org": ids["org"]},
        ids={"client": "client", "org": "org"},
    ),
    _get("projects/<str:id>", path={"id": "project"}),
    _patch(
        "projects/<str:id>",
        "admin",
        lambda ids: {"client": ids["client"]},
        path={"id": "project"},
        ids={"client": "client"},
    ),
    *_members("project", "viewer"),
]

WORK = [
    _get(
        "activities",
        query={
            "org": "org",
            "project": "project",
            "asset": "asset",
            "version": "version",
            "actor": "person",
            "person": "person",
            "operation": "job",
        },
        silent=frozenset({"asset", "version", "actor", "person", "operation"}),
    ),
    _get("jobs", query={"org": "org", "project": "project"}),
    _get("jobs/<str:id>", path={"id": "job"}),
    _post("jobs/<str:id>/retry", "editor", 202, lambda _: {}, path={"id": "failed job"}),
    _post("jobs/<str:id>/cancel", "editor", 200, lambda _: {}, path={"id": "job"}),
]

BULK = [
    _post(
        "bulk",
        "editor",
        202,
        lambda ids: {
            "org": ids["org"],
            "selection": {"ids": [ids["asset"], ids["other asset"]]},
            "action": {
                "tag": ["x"],
                "move": ids["project"],
                "collect": ids["collection"],
                "shoot": ids["shoot"],
            },
        },
        ids={
            "org": "org",
            "selection.ids.0": "asset",
            "selection.ids.1": "other asset",
            "action.move": "project",
            "action.collect": "collection",
            "action.shoot": "shoot",
        },
    ),
    _post(
        "bulk",
        "editor",
        202,
        lambda ids: {
            "selection": {
                "query": {
                    "project": ids["project"],
                    "client": ids["client"],
                    "collection": ids["collection"],
                }
            },
            "action": {"trash": True},
        },
        ids={
            "selection.query.project": "project",
            "selection.query.client": "client",
            "selection.query.collection": "collection",
        },
    ),
    _post("jobs/<str:id>/undo", "editor", 202, lambda _: {}, path={"id": "bulk job"}),
]

ASSETS = [
    _get(
        "assets",
        query={"org": "org", "client": "client", "project": "project", "collection": "collection"},
    ),
    _get(
        "assets/export",
        query={"org": "org", "client": "client", "project": "project", "collection": "collection"},
    ),
    _post(
        "assets/import",
        "editor",
        202,
        lambda ids: {"upload": ids["sent upload"], "format": "csv", "project": ids["project"]},
        ids={"upload": "sent upload", "project": "project"},
    ),
    _get(
        "assets/facets",
        query={"org": "org", "client": "client", "project": "project", "collection": "collection"},
    ),
    _get("searches", query={"org": "org"}),
    _post(
        "searches",
        "viewer",
        201,
        lambda ids: {
            "org": ids["org"],
            "name": "New",
            "query": {"project": ids["project"], "collection": ids["collection"]},
        },
        ids={"org": "org", "query.project": "project", "query.collection": "collection"},
    ),
    _get("searches/<str:id>", path={"id": "search"}),
    _patch("searches/<str:id>", "admin", lambda _: {"name": "Renamed"}, path={"id": "search"}),
    _delete("searches/<str:id>", "admin", path={"id": "search"}),
    _get("assets/<str:id>", path={"id": "asset"}),
    _patch("assets/<str:id>", "editor", lambda _: {"title": "Renamed"}, path={"id": "asset"}),
    _delete("assets/<str:id>", "editor", path={"id": "asset"}),
    _get("assets/<str:id>/delete-cost", "editor", path={"id": "asset"}),
    _post("assets/<str:id>/restore", "editor", 200, lambda _: {}, path={"id": "asset"}),
    _post(
        "assets/<str:id>/attach",
        "editor",
        200,
        lambda ids: {"asset": ids["loose asset"]},
        path={"id": "asset"},
        ids={"asset": "loose asset"},
    ),
    _post("versions/<str:id>/detach", "editor", 201, lambda _: {}, path={"id": "older version"}),
    _get("assets/<str:id>/versions", path={"id": "asset"}),
    _post(
        "assets/<str:id>/versions",
        "editor",
        201,
        lambda ids: {"version": ids["version"]},
        path={"id": "asset"},
        ids={"version": "version"},
    ),
    _get("versions/<str:id>", path={"id": "version"}),
    # No bytes lie behind them: what comes after the fence is `hold-refused`.
    *(
        door
        for kind, passes in (("version", 409), ("asset", 409), ("project", 409))
        for door in (
            _get(f"{kind}s/<str:id>/hold", path={"id": kind}),
            _put(f"{kind}s/<str:id>/hold", "admin", passes, lambda _: {"on": True}, path={"id": kind}),
        )
    ),
    _get("versions/<str:id>/sidecars", path={"id": "version"}),
    # Nothing has been sent: what comes after the fence is `upload-closed`.
    _post(
        "versions/<str:id>/sidecars",
        "editor",
        409,
        lambda ids: {"upload": ids["sent upload"]},
        path={"id": "version"},
        ids={"upload": "sent upload"},
    ),
    _get("sidecars/<str:id>/download", "editor", path={"id": "sidecar"}, passes=(302,)),
    _post("versions/<str:id>/promote", "editor", 200, lambda _: {}, path={"id": "older version"}),
    _get("versions/<str:id>/download", "editor", path={"id": "version"}, passes=(302,)),
    _get("fields", query={"org": "org", "project": "project"}),
    _post(
        "fields",
        "admin",
        201,
        lambda ids: {"org": ids["org"], "name": "New", "type": "text", "projects": [ids["project"]]},
        ids={"org": "org", "projects.0": "project"},
    ),
    _get("fields/<str:id>", path={"id": "field"}),
    _patch(
        "fields/<str:id>",
        "admin",
        lambda ids: {"name": "Renamed", "projects": [ids["project"]]},
        path={"id": "field"},
        ids={"projects.0": "project"},
    ),
    _delete("fields/<str:id>", "admin", path={"id": "field"}),
    _post(
        "field-presets",
        "admin",
        201,
        lambda ids: {"org": ids["org"], "preset": "advertising"},
        ids={"org": "org"},
    ),
    _get("collections", query={"org": "org", "project": "project"}),
    _post(
        "collections",
        "editor",
        201,
        lambda ids: {"project": ids["project"], "name": "New", "parent": ids["collection"]},
        ids={"project": "project", "parent": "collection"},
    ),
    _get("collections/<str:id>", path={"id": "collection"}),
    _patch(
        "collections/<str:id>",
        "editor",
        lambda ids: {"name": "Renamed", "parent": ids["collection"]},
        path={"id": "empty collection"},
        ids={"parent": "collection"},
    ),
    _delete("collections/<str:id>", "editor", path={"id": "empty collection"}),
    _post(
        "collections/<str:id>/assets",
        "editor",
        200,
        lambda ids: {
            "add": [ids["asset"], ids["other asset"]],
            "remove": [ids["asset"]],
            "order": [ids["other asset"]],
            "before": ids["asset"],
        },
        path={"id": "collection"},
        ids={"add.1": "other asset", "remove.0": "asset", "order.0": "other asset", "before": "asset"},
        silent=frozenset({"remove.0"}),
    ),
]

PREVIEWS = [
    _post(
        "preview",
        "editor",
        202,
        lambda ids: {"version_sha": ids["digest"], "org": ids["org"], "force": True},
        ids={"version_sha": "digest", "org": "org"},
    ),
    _post(
        "playback",
        "anyone",
        200,
        lambda ids: {"versions": [ids["version"], ids["older version"]], "org": ids["org"]},
        ids={"versions.1": "version", "org": "org"},
        silent=frozenset({"versions.1"}),
    ),
    _get("versions/<str:id>/playback", path={"id": "version"}),
    # No proxy has been published: what comes after the fence is `frame-not-ready`.
    _get("versions/<str:id>/frames/<str:number>.webp", path={"id": "version"}, passes=(409,)),
    _get("s/<str:token>/versions/<str:id>/playback", "link", path={"token": "link", "id": "version"}),
    _get(
        "s/<str:token>/versions/<str:id>/frames/<str:number>.webp",
        "link",
        path={"token": "link", "id": "version"},
        passes=(409,),
    ),
]

_PRESIGN = {"name": "clip.mov", "size": 11, "type": "video/quicktime"}
INGEST = [
    _post(
        "presign",
        "editor",
        201,
        lambda ids: _PRESIGN | {"project": ids["project"], "asset": ids["asset"]},
        ids={"project": "project", "asset": "asset"},
    ),
    _get("transfers", query={"org": "org", "project": "project"}, narrowed="admin"),
    _get("ledger", "admin", query={"org": "org"}),
    _get("uploads/<str:id>", "editor", path={"id": "upload"}),
    _delete("uploads/<str:id>", "editor", path={"id": "upload"}),
    _post("uploads/<str:id>/parts", "editor", 200, lambda _: {"numbers": [1]}, path={"id": "upload"}),
    # Nothing has been sent: what comes after the fence is `upload-incomplete` or `part-mismatch`.
    _post(
        "uploads/<str:id>/complete",
        "editor",
        409,
        lambda _: {"parts": [{"number": 1, "etag": "0" * 32}]},
        path={"id": "upload"},
    ),
    _post(
        "promote",
        "editor",
        202,
        lambda ids: {
            "staging_key": ids["staging key of sent upload"],
            "sha256": "a" * 64,
            "mapping": {
                "project": ids["project"],
                "asset": ids["asset"],
                "collection": ids["collection"],
            },
        },
        ids={
            "mapping.project": "project",
            "mapping.asset": "asset",
            "mapping.collection": "collection",
            "staging_key": "staging key of sent upload",
        },
    ),
]


DOORS = [
    *(*ORGS, *WORK, *ASSETS, *SHOOTS, *BULK, *PREVIEWS),
    *(*INGEST, *SHARES, *MIRRORS, *COMMENTS, *DUPLICATES),
]
#: Queries that a door cannot do without; in braces what is asked with the id of.
REQUIRED_QUERY = {
    "api/versions/<str:id>/comments/export": "format=json",
    "api/assets/export": "format=csv",
    "api/folders": "project={project}",
    "api/shoots/proposals": "project={project}",
}
#: Routes below /api/ that hold nothing of anybody's: the API's own document and its pages.
#: The clips of the conformance page belong to no organisation and open nothing else (tests/previews_room).
PUBLIC = frozenset(
    {
        "api/schema/",
        "api/docs/",
        "api/static/<path:path>",
        "api/conformance",
        "api/conformance/<str:name>/frames/<str:number>.webp",
    }
)
