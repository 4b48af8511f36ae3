"""A name of which nothing shows is none, wherever a name is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast
from tests.shares.gallery import VIDEO_FACTS, make_asset, share

UNSEEN = ["\u200b", "\ufeff", "\u00ad", "\u3164\u200d"]


def doors(cast: Cast, name: str) -> list[tuple[str, str, dict[str, Any], str]]:
    """Return every door that takes a name: method, path, body, and the field at fault."""
    asset, _ = make_asset(cast, **VIDEO_FACTS)
    link = share(cast, asset)
    project = str(cast.project.id)
    file = {"project": project, "name": "a.mov", "size": 5, "type": "video/mp4"}
    collection = cast.owner.post("/api/collections", {"project": project, "name": "Selects"})
    field = {"name": "Niche", "type": "choice"}
    return [
        ("POST", "/api/presign", file | {"name": name}, "name"),
        ("POST", "/api/presign", file | {"folder": f"Day 1/{name}"}, "folder"),
        ("PATCH", f"/api/assets/{asset.id}", {"title": name}, "title"),
        ("PATCH", f"/api/assets/{asset.id}", {"tags": ["hero", name]}, "tags"),
        ("POST", f"/api/assets/{asset.id}/versions", {"name": name}, "name"),
        ("POST", "/api/collections", {"project": project, "name": name}, "name"),
        ("PATCH", f"/api/collections/{collection['id']}", {"name": name}, "name"),
        ("POST", "/api/searches", {"name": name, "query": {}}, "name"),
        ("POST", "/api/shoots", {"project": project, "name": name}, "name"),
        ("POST", "/api/shares", {"project": project, "assets": [str(asset.id)], "name": name}, "name"),
        ("PATCH", f"/api/shares/{link['id']}", {"name": name}, "name"),
        ("POST", f"/api/s/{link['token']}/unlock", {"name": name}, "name"),
        ("POST", "/api/fields", field | {"name": name, "choices": ["cars"]}, "name"),
        ("POST", "/api/fields", field | {"choices": ["cars", name]}, "choices"),
        ("POST", "/api/orgs", {"name": name}, "name"),
        ("POST", "/api/clients", {"name": name}, "name"),
        ("POST", "/api/projects", {"name": name}, "name"),
        ("POST", "/api/mirrors", {"name": name, "template": "{name}"}, "name"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", UNSEEN)
def test_a_name_of_which_nothing_shows_is_refused_by_its_field(cast: Cast, name: str):
    for method, path, body, field in doors(cast, name):
        answer = cast.owner.send(method, path, body)

        assert (answer.status, set(answer.errors)) == (400, {field}), (method, path, field, answer)
        assert "can be seen" in str(answer.errors[field]), answer
