"""The doors of the rooms above the catalogue: shares, talk, mirrors, duplicates. See `doors`."""

from __future__ import annotations

from tests.tenancy.door import delete as _delete
from tests.tenancy.door import get as _get
from tests.tenancy.door import patch as _patch
from tests.tenancy.door import post as _post
from tests.tenancy.door import put as _put

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

MIRRORS = [
    # The job is no export: what comes after the fence is `conflict`.
    _get("jobs/<str:id>/export", path={"id": "job"}, passes=(409,)),
    _get("mirrors", "admin"),
    _post(
        "mirrors",
        "admin",
        201,
        lambda ids: {"org": ids["org"], "name": "New", "template": "{name}", "project": ids["project"]},
        ids={"org": "org", "project": "project"},
    ),
    _post(
        "mirrors/preview",
        "admin",
        200,
        lambda ids: {"org": ids["org"], "template": "{name}", "project": ids["project"]},
        ids={"org": "org", "project": "project"},
    ),
    _get("mirrors/<str:id>", "admin", path={"id": "mirror"}),
    _patch(
        "mirrors/<str:id>",
        "admin",
        lambda ids: {"name": "Renamed", "project": ids["project"]},
        path={"id": "mirror"},
        ids={"project": "project"},
    ),
    _delete("mirrors/<str:id>", "admin", path={"id": "mirror"}),
    _post("mirrors/<str:id>/rebuild", "admin", 202, lambda _: {}, path={"id": "mirror"}),
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

_DECISION = {"state": "approved", "note": "As it is"}
COMMENTS += [
    door
    for place, looks, decides, path in (
        ("versions/<str:id>", "viewer", "reviewer", {"id": "version"}),
        ("s/<str:token>/versions/<str:id>", "link", "link", {"token": "link", "id": "version"}),
    )
    for door in (
        _get(f"{place}/approvals", looks, path=path),
        _put(f"{place}/approval", decides, 201, lambda _: _DECISION, path=path),
        _delete(f"{place}/approval", decides, path=path),
    )
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
