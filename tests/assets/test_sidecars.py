"""Parts of one package find one another in their folder, whichever comes last."""

from typing import Any

import pytest

from assets.models import Version
from assets.services import set_facts
from dam.core import tenancy
from dam.core.access import SYSTEM
from orgs.services import create_project
from tests.assets.catalogue import deliver
from tests.cast import Cast

TRACK = "0eb3d1b9-b77b-4d3f-bbe5-7c69b15dca85"
CPL = {"type": "imf-composition", "assets": [{"id": TRACK, "kind": "MainImage"}]}
PKL = {"type": "imf-packing-list", "assets": [{"name": "picture.mxf", "size": 5}]}
MXF = {"type": "mxf", "track_files": [TRACK]}


def part(cast: Cast, name: str, **given: Any) -> Version:
    return deliver(cast.project, **({"name": name, "size": 5, "folder": "delivery"} | given))[1]


def learn(version: Version, package: dict[str, Any]) -> None:
    with tenancy.scope(version.organization_id):
        set_facts(sha256=version.sha256, facts={"package": package["type"], "meta": {"package": package}})


def beside(cast: Cast, version: Version) -> list[tuple[str, str]]:
    answer = cast.viewer.get(f"/api/versions/{version.id}/sidecars")
    assert answer.status == 200
    return [(each["kind"], each["name"]) for each in answer["results"]]


@pytest.mark.parametrize("order", [("essence", "lists"), ("lists", "essence")])
def test_lists_stand_beside_the_file_that_they_name(cast: Cast, order: tuple[str, str]) -> None:
    essence, cpl, pkl = part(cast, "picture.mxf"), part(cast, "CPL.xml"), part(cast, "PKL.xml")

    for step in order:
        if step == "essence":
            learn(essence, MXF)
        else:
            learn(cpl, CPL)
            learn(pkl, PKL)

    assert sorted(beside(cast, essence)) == [("imf-composition", "CPL.xml"), ("imf-packing-list", "PKL.xml")]
    [first] = [
        each
        for each in cast.viewer.get(f"/api/versions/{essence.id}/sidecars")["results"]
        if each["name"] == "CPL.xml"
    ]
    assert (first["sha256"], first["size"], first["source_version"]) == (cpl.sha256, cpl.size, str(cpl.id))
    assert beside(cast, cpl) == []


def test_learning_the_same_again_links_once(cast: Cast) -> None:
    essence, cpl = part(cast, "picture.mxf"), part(cast, "CPL.xml")

    for _ in range(2):
        learn(essence, MXF)
        learn(cpl, CPL)

    assert beside(cast, essence) == [("imf-composition", "CPL.xml")]


@pytest.mark.parametrize(
    ("given", "package"),
    [
        ({"folder": "elsewhere"}, MXF),
        ({"name": "other.mxf"}, {"type": "mxf", "track_files": ["11111111-1111-4111-8111-111111111111"]}),
        ({"size": 6}, {"type": "mxf", "track_files": []}),
    ],
)
def test_a_file_of_another_folder_identity_or_size_is_another_file(
    cast: Cast, given: dict[str, Any], package: dict[str, Any]
) -> None:
    essence, cpl, pkl = (
        part(cast, **({"name": "picture.mxf"} | given)),
        part(cast, "CPL.xml"),
        part(cast, "PKL.xml"),
    )

    learn(cpl, CPL)
    learn(pkl, PKL)
    learn(essence, package)

    assert beside(cast, essence) == []


def test_a_second_version_of_known_bytes_finds_its_lists_at_once(cast: Cast) -> None:
    essence, cpl = part(cast, "picture.mxf"), part(cast, "CPL.xml", folder="second")
    learn(essence, MXF)
    learn(cpl, CPL)

    again = part(cast, "picture.mxf", folder="second", sha256=essence.sha256)

    assert beside(cast, again) == [("imf-composition", "CPL.xml")]
    assert beside(cast, essence) == []


def test_lists_of_another_project_stay_there(cast: Cast) -> None:
    essence = part(cast, "picture.mxf")
    learn(essence, MXF)
    with tenancy.scope(cast.org_id):
        other = create_project(actor=SYSTEM, name="Another film")
    _, cpl = deliver(other, name="CPL.xml", size=5, folder="delivery")
    learn(cpl, CPL)

    assert beside(cast, essence) == []
