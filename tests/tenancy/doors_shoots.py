"""The reviewed table, continued: shoots and folders of the catalogue."""

from __future__ import annotations

from tests.tenancy.door import delete, get, patch, post

SHOOTS = [
    get("folders", query={"project": "project"}),
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
