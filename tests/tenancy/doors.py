"""The reviewed table: every door of the API, the least role that may pass, and every id that it takes.

`least` is a project role, `anyone` for whoever is logged in, or `link` for doors that a share opens. `passes` is what
those who may get through are answered with the ids of their own corner, some of which (a 409) lie behind the fence.
`path` and `query` map parameters to nouns of the house; `ids` maps spots in the body, as dotted paths, to nouns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Ids = Mapping[str, str]
NO_BODY: Callable[[Ids], dict[str, Any] | None] = lambda ids: None  # noqa: E731 - a default in a table of builders


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    method: str
    route: str
    least: str
    passes: tuple[int, ...] = (200,)
    path: Ids = field(default_factory=dict)
    body: Callable[[Ids], dict[str, Any] | None] = NO_BODY
    ids: Ids = field(default_factory=dict)
    query: Ids = field(default_factory=dict)
    #: The least role for a list that names its place; a bare list shows everybody what they may see of it.
    narrowed: str = ""
    #: Spots and parameters where what cannot be seen is left out of the answer instead of refused.
    silent: frozenset[str] = frozenset()
    by_session: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.route}"


def _get(route: str, least: str = "viewer", **more: Any) -> Door:
    return Door("GET", f"api/{route}", least, **more)


def _post(
    route: str, least: str, passes: int, body: Callable[[Ids], dict[str, Any] | None], **more: Any
) -> Door:
    return Door("POST", f"api/{route}", least, (passes,), body=body, **more)


def _patch(route: str, least: str, body: Callable[[Ids], dict[str, Any] | None], **more: Any) -> Door:
    return Door("PATCH", f"api/{route}", least, body=body, **more)


def _put(
    route: str, least: str, passes: int, body: Callable[[Ids], dict[str, Any] | None], **more: Any
) -> Door:
    return Door("PUT", f"api/{route}", least, (passes,), body=body, **more)


def _delete(route: str, least: str, passes: int = 204, **more: Any) -> Door:
    return Door("DELETE", f"api/{route}", least, (passes,), **more)


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
            "action": {"tag": ["x"], "move": ids["project"], "collect": ids["collection"]},
        },
        ids={
            "org": "org",
            "selection.ids.0": "asset",
            "selection.ids.1": "other asset",
            "action.move": "project",
            "action.collect": "collection",
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
        lambda ids: {"add": [ids["asset"], ids["other asset"]], "remove": [ids["asset"]]},
        path={"id": "collection"},
        ids={"add.1": "other asset", "remove.0": "asset"},
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

SHARES = [
    _get("shares", query={"org": "org", "project": "project"}, narrowed="editor"),
    _post(
        "shares",
        "editor",
        201,
        lambda ids: {"project": ids["project"], "assets": [ids["asset"], ids["other asset"]]},
        ids={"project": "project", "assets.1": "other asset"},
    ),
    _post(
        "shares",
        "editor",
        201,
        lambda ids: {"project": ids["project"], "collection": ids["collection"], "versions": "frozen"},
        ids={"project": "project", "collection": "collection"},
    ),
    _get("shares/<str:id>", "editor", path={"id": "share"}),
    _patch("shares/<str:id>", "editor", lambda _: {"name": "Renamed"}, path={"id": "share"}),
    _delete("shares/<str:id>", "editor", path={"id": "share"}),
    _get("shares/<str:id>/accesses", "admin", path={"id": "share"}),
    _get("s/<str:token>", "link", path={"token": "link"}),
    _post("s/<str:token>/unlock", "link", 200, lambda _: {"name": "Somebody"}, path={"token": "link"}),
    _get("s/<str:token>/assets", "link", path={"token": "link"}),
    _get(
        "s/<str:token>/versions/<str:id>/download",
        "link",
        path={"token": "link", "id": "version"},
        passes=(302,),
    ),
]

_REMARK = {"body": "A remark", "frame_in": 5}
COMMENTS = [
    _get("versions/<str:id>/comments", path={"id": "version"}),
    _post(
        "versions/<str:id>/comments",
        "reviewer",
        201,
        lambda ids: _REMARK | {"parent": ids["comment"], "mentions": [ids["person"]]},
        path={"id": "version"},
        ids={"parent": "comment", "mentions.0": "person"},
    ),
    _get(
        "versions/<str:id>/comments/export",
        path={"id": "version"},
    ),
    _get("assets/<str:id>/comments", path={"id": "asset"}),
    _get("comments/<str:id>", path={"id": "comment"}),
    # Somebody else's: editors resolve any, admins delete any.
    _patch("comments/<str:id>", "editor", lambda _: {"resolved": True}, path={"id": "comment"}),
    _patch(
        "comments/<str:id>",
        "reviewer",
        lambda ids: {"mentions": [ids["person"]]},
        path={"id": "own comment"},
        ids={"mentions.0": "person"},
    ),
    _delete("comments/<str:id>", "admin", path={"id": "comment"}),
    _get("s/<str:token>/versions/<str:id>/comments", "link", path={"token": "link", "id": "version"}),
    _post(
        "s/<str:token>/versions/<str:id>/comments",
        "link",
        201,
        lambda ids: _REMARK | {"parent": ids["comment"]},
        path={"token": "link", "id": "version"},
        ids={"parent": "comment"},
    ),
]

DUPLICATES = [
    _get("duplicates", query={"org": "org", "project": "project"}),
    _post(
        "duplicates/<str:id>/merge",
        "editor",
        200,
        lambda ids: {"into": ids["other asset"], "head": ids["loose asset"]},
        path={"id": "duplicate"},
        ids={"into": "other asset", "head": "loose asset"},
    ),
    _post("duplicates/<str:id>/dismiss", "editor", 200, lambda _: {}, path={"id": "duplicate"}),
]

DOORS = [*ORGS, *WORK, *ASSETS, *BULK, *PREVIEWS, *INGEST, *SHARES, *COMMENTS, *DUPLICATES]
#: Queries that a door cannot do without.
REQUIRED_QUERY = {
    "api/versions/<str:id>/comments/export": "format=json",
    "api/assets/export": "format=csv",
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
