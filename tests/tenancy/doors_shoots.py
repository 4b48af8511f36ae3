"""The reviewed table, continued: shoots, folders and tags of the catalogue, and sidecars."""

from __future__ import annotations

from tests.tenancy.door import delete, get, patch, post

SHOOTS = [
    get("folders", query={"project": "project"}),
    get("tags", query={"org": "org", "project": "project"}),
    post(
        "tags/rename",
        "editor",
        202,
        lambda ids: {"from": ids["tag"], "to": "New", "project": ids["project"], "org": ids["org"]},
        ids={"from": "tag", "project": "project", "org": "org"},
    ),
    post(
        "tags/delete",
        "editor",
        202,
        lambda ids: {"name": ids["tag"], "project": ids["project"], "org": ids["org"]},
        ids={"name": "tag", "project": "project", "org": "org"},
    ),
    get("sidecars/<str:id>", path={"id": "sidecar"}),
    delete("sidecars/<str:id>", "editor", path={"id": "sidecar"}),
    get("shoots", query={"org": "org", "project": "project", "client": "client"}),
    post(
        "shoots",
        "editor",
        201,
        lambda ids: {
            "project": ids["project"],
            "name": "New",
            "client": ids["client"],
            "assets": [ids["asset"], ids["other asset"]],
        },
        ids={"project": "project", "client": "client", "assets.1": "other asset"},
    ),
    get("shoots/proposals", query={"project": "project"}),
    *(
        post(
            f"shoots/proposals/{decision}",
            "editor",
            200,
            lambda ids: {"project": ids["project"], "proposal": ids["proposal"]},
            ids={"project": "project"},
        )
        for decision in ("dismiss", "take-back")
    ),
    get("shoots/<str:id>", path={"id": "shoot"}),
    patch(
        "shoots/<str:id>",
        "editor",
        lambda ids: {"name": "Renamed", "client": ids["client"]},
        path={"id": "shoot"},
        ids={"client": "client"},
    ),
    delete("shoots/<str:id>", "editor", path={"id": "shoot"}),
    post(
        "shoots/<str:id>/assets",
        "editor",
        200,
        lambda ids: {"add": [ids["asset"], ids["other asset"]], "remove": [ids["asset"]]},
        path={"id": "shoot"},
        ids={"add.1": "other asset", "remove.0": "asset"},
        silent=frozenset({"remove.0"}),
    ),
]
