"""`ETag` and `If-Match`: on every single resource, and a stale one changes nothing."""

import pytest

from tests.cast import Answer, Cast
from tests.manners.world import World, make_world

CHANGES = {
    "orgs": {"name": "Renamed"},
    "clients": {"name": "Renamed"},
    "projects": {"name": "Renamed"},
    "assets": {"title": "Renamed"},
    "collections": {"name": "Renamed"},
    "shares": {"name": "Renamed"},
    "comments": {"body": "Renamed"},
}
REMOVABLE = ["clients", "assets", "collections", "shares", "comments"]
READABLE = [*CHANGES, "versions", "uploads", "jobs"]


@pytest.fixture
def world(cast: Cast) -> World:
    return make_world(cast)


def path_of(world: World, kind: str) -> str:
    return f"/api/{kind}/{world.ids[kind]}"


def read(world: World, kind: str) -> Answer:
    return world.owner.get(path_of(world, kind))


@pytest.mark.parametrize("kind", READABLE)
def test_every_single_resource_has_a_strong_tag(world: World, kind: str):
    tag = read(world, kind).headers["ETag"]

    assert tag == read(world, kind).headers["ETag"]
    assert tag[0] == tag[-1] == '"'
    assert len(tag) > 10


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_on_the_present_state_makes_a_new_tag(world: World, kind: str):
    before = read(world, kind).headers["ETag"]

    changed = world.owner.patch(path_of(world, kind), CHANGES[kind], headers={"If-Match": before})

    assert changed.status == 200, changed
    assert changed.headers["ETag"] == read(world, kind).headers["ETag"] != before


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_on_another_state_is_412_and_changes_nothing(world: World, kind: str):
    before = read(world, kind)
    tag = before.headers["ETag"]

    for condition in ('"stale"', f"W/{tag}", '"a", "b"', "nonsense", f"{tag}x"):
        refused = world.owner.patch(path_of(world, kind), CHANGES[kind], headers={"If-Match": condition})
        assert (refused.status, refused.problem) == (412, "precondition-failed"), condition

    after = read(world, kind)
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])


@pytest.mark.parametrize("kind", CHANGES)
def test_any_state_and_one_of_several_will_do(world: World, kind: str):
    for condition in ("*", '"other", {tag}', '{tag},"other"'):
        wanted = condition.replace("{tag}", read(world, kind).headers["ETag"])
        changed = world.owner.patch(path_of(world, kind), CHANGES[kind], headers={"If-Match": wanted})
        assert changed.status == 200, changed


@pytest.mark.parametrize("kind", REMOVABLE)
def test_a_removal_is_done_on_the_present_state_alone(world: World, kind: str):
    refused = world.owner.delete(path_of(world, kind), headers={"If-Match": '"stale"'})

    assert refused.status == 412
    tag = read(world, kind).headers["ETag"]
    assert world.owner.delete(path_of(world, kind), headers={"If-Match": tag}).status == 204
