"""Custom fields: defined by admins, set on assets, changed with what that does to values in use."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from activity.models import Event
from assets.models import Asset, FieldValue
from dam.core import tenancy
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.waits import until_somebody_waits

EVERY_TYPE: dict[str, Any] = {
    "text": "Smörgås",
    "long_text": "two\nlines",
    "number": 12.5,
    "date": "2026-01-31",
    "datetime": "2026-01-31T18:30:00Z",
    "boolean": True,
    "choice": "cars",
    "multi_choice": ["cars", "food"],
    "url": "https://example.test/brief?x=1",
}


def define(cast: Cast, **given: Any) -> Any:
    answer = cast.owner.post("/api/fields", {"org": str(cast.organization.id), "type": "text"} | given)
    assert answer.status == 201
    return answer


@pytest.fixture
def asset(cast: Cast) -> Asset:
    return deliver(cast.project)[0]


def put(cast: Cast, asset: Asset, fields: dict[str, Any]) -> Any:
    return cast.editor.patch(f"/api/assets/{asset.id}", {"fields": fields})


@pytest.mark.parametrize("type_", EVERY_TYPE)
def test_a_value_of_its_type_is_kept_and_one_of_another_is_refused_by_name(
    cast: Cast, asset: Asset, type_: str
) -> None:
    choices = {"choices": ["cars", "food"]} if "choice" in type_ else {}
    define(cast, name="Niche", type=type_, **choices)

    good = put(cast, asset, {"niche": EVERY_TYPE[type_]})
    bad = put(cast, asset, {"niche": {"no": "such"}})

    assert (good.status, good["fields"]) == (200, {"niche": EVERY_TYPE[type_]})
    assert (bad.status, list(bad["errors"])) == (400, ["fields.niche"])


def test_an_unknown_field_is_refused_and_null_clears_one(cast: Cast, asset: Asset) -> None:
    define(cast, name="Niche")
    put(cast, asset, {"niche": "cars"})

    assert list(put(cast, asset, {"nich": "x"})["errors"]) == ["fields.nich"]
    assert put(cast, asset, {})["fields"] == {"niche": "cars"}
    assert put(cast, asset, {"niche": None})["fields"] == {}


def test_a_required_field_stays_filled_once_fields_are_written(cast: Cast, asset: Asset) -> None:
    define(cast, name="Niche", required=True)
    define(cast, name="Year", type="number")

    refused = put(cast, asset, {"year": 2026})

    assert (refused.status, list(refused["errors"])) == (400, ["fields.niche"])
    assert put(cast, asset, {"year": 2026, "niche": "cars"}).status == 200
    assert put(cast, asset, {"niche": None}).status == 400


def test_a_person_is_a_member_of_the_organisation(cast: Cast, asset: Asset) -> None:
    define(cast, name="Colourist", type="person")

    member, stranger = cast.reviewer.person.id, cast.stranger.person.id
    assert put(cast, asset, {"colourist": str(member)}).status == 200
    foreign = put(cast, asset, {"colourist": str(stranger)})
    absent = put(cast, asset, {"colourist": str(uuid4())})
    assert foreign.status == 400
    assert foreign["errors"] == absent["errors"]


def test_a_field_of_one_project_is_unknown_in_another(cast: Cast, asset: Asset) -> None:
    hidden = cast.owner.post("/api/projects", {"name": "Hidden", "org": str(cast.organization.id)})
    define(cast, name="Niche", projects=[hidden["id"]])

    assert put(cast, asset, {"niche": "cars"}).status == 400
    assert [each["key"] for each in cast.owner.get("/api/fields")["results"]] == ["niche"]
    assert cast.viewer.get("/api/fields")["results"] == []


def test_only_admins_define_fields(cast: Cast) -> None:
    body = {"org": str(cast.organization.id), "name": "Niche", "type": "text"}

    assert cast.editor.post("/api/fields", body).status == 403
    assert cast.stranger.post("/api/fields", body).status == 400


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"type": "colour"}, "type"),
        ({"type": "choice"}, "choices"),
        ({"type": "choice", "choices": ["a", "a"]}, "choices"),
        ({"choices": ["a"]}, "choices"),
        ({"key": "Niche"}, "key"),
        ({"key": "kind"}, "key"),
        ({"key": "x" * 65}, "key"),
        ({"type": "number", "default": "many"}, "default"),
        ({"projects": [str(uuid4())]}, "projects.0"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused(
    cast: Cast, given: dict[str, Any], fault: str
) -> None:
    body = {"org": str(cast.organization.id), "name": "Niche", "type": "text"} | given
    answer = cast.owner.post("/api/fields", body)

    assert (answer.status, list(answer["errors"])) == (400, [fault])


def test_a_key_is_made_from_the_name_and_taken_once(cast: Cast) -> None:
    assert define(cast, name="Année de diffusion")["key"] == "annee_de_diffusion"
    assert define(cast, name="Annee de diffusion")["key"] == "annee_de_diffusion_2"
    assert define(cast, name="Kind")["key"] == "kind_field"
    assert [define(cast, name=each)["key"] for each in ("撮影地", "🎬")] == ["custom_field", "custom_field_2"]
    taken = cast.owner.post("/api/fields", {"name": "X", "type": "text", "key": "annee_de_diffusion"})
    assert taken.status == 409


def test_another_type_is_refused_while_values_would_change_and_tells_what_it_would_do(cast: Cast) -> None:
    field = define(cast, name="Year")
    for year in ("2024", "2025", "soon"):
        put(cast, deliver(cast.project)[0], {"year": year})
    path = f"/api/fields/{field['id']}"

    trial = cast.owner.patch(path, {"type": "number", "dry_run": True})
    refused = cast.owner.patch(path, {"type": "number"})
    done = cast.owner.patch(path, {"type": "number", "migrate": True})

    effect = {"assets": 3, "kept": 0, "converted": 2, "lost": 1, "lost_values": ["soon"]}
    assert trial["effect"] == effect
    assert (refused.status, cast.owner.get(path)["type"]) == (409, "number")
    assert done["effect"] == effect
    with tenancy.scope(cast.organization.id):
        assert set(FieldValue.objects.values_list("as_number", flat=True)) == {2024.0, 2025.0}
        assert sorted(str(each.fields) for each in Asset.objects.all()) == [
            "{'year': 2024}",
            "{'year': 2025}",
            "{}",
        ]


SAID: dict[str, Any] = {
    "text": "12",
    "long_text": "one\ntwo",
    "number": 7,
    "date": "2026-01-31",
    "datetime": "2026-01-31T10:00:00Z",
    "boolean": True,
    "choice": "cars",
    "multi_choice": ["cars", "food"],
    "url": "https://example.test/a",
    "person": None,
}
#: What loses nothing: everything is a text, dates are moments, one of many is a choice.
SAFE = {("date", "datetime"), ("datetime", "date"), ("choice", "multi_choice"), ("text", "number")}


def test_every_type_becomes_every_other_one_or_tells_what_that_would_lose(cast: Cast, asset: Asset) -> None:
    choices = ["cars", "food"]
    for type_, value in SAID.items():
        field = define(
            cast, name=f"Of {type_}", type=type_, **({"choices": choices} if "choice" in type_ else {})
        )
        held = str(cast.reviewer.person.id) if value is None else value
        assert put(cast, asset, {field["key"]: held}).status == 200
        for other in SAID:
            more = {"choices": choices} if "choice" in other else {}
            trial = cast.owner.patch(f"/api/fields/{field['id']}", {"type": other, "dry_run": True, **more})
            effect = trial["effect"]
            became = (type_, other)

            assert trial.status == 200, (became, trial)
            is_rewritten = type_ != other
            told = sum(effect[each] for each in ("kept", "converted", "lost"))
            assert effect["assets"] == told == is_rewritten, became
            assert len(effect["lost_values"]) == effect["lost"], became
            if (other in {"text", "long_text"} and type_ != "long_text") or became in SAFE:
                assert effect["lost"] == 0, (became, effect)
    assert len(cast.viewer.get(f"/api/assets/{asset.id}")["fields"]) == len(SAID), "trials change nothing"


def test_a_choice_in_use_is_not_lost_unless_asked_for(cast: Cast, asset: Asset) -> None:
    field = define(cast, name="Niche", type="choice", choices=["cars", "food"])
    put(cast, asset, {"niche": "food"})
    path = f"/api/fields/{field['id']}"

    assert cast.owner.patch(path, {"choices": ["cars", "food", "toys"]}).status == 200
    assert cast.owner.patch(path, {"choices": ["cars"]}).status == 409
    assert cast.owner.patch(path, {"choices": ["cars"], "migrate": True})["effect"]["lost"] == 1


def test_a_field_in_use_is_deleted_with_force_alone_and_its_values_go_with_it(
    cast: Cast, asset: Asset
) -> None:
    field = define(cast, name="Niche")
    put(cast, asset, {"niche": "cars"})
    path = f"/api/fields/{field['id']}"

    refused = cast.owner.delete(path)
    assert refused.status == 409
    assert "1 asset" in refused["detail"]
    assert cast.owner.delete(f"{path}?force=true").status == 204
    assert cast.viewer.get(f"/api/assets/{asset.id}")["fields"] == {}
    with tenancy.scope(cast.organization.id):
        assert not FieldValue.objects.exists()


def test_every_change_of_a_definition_is_recorded(cast: Cast) -> None:
    field = define(cast, name="Niche")
    cast.owner.patch(f"/api/fields/{field['id']}", {"name": "Market"})
    cast.owner.delete(f"/api/fields/{field['id']}")

    with tenancy.scope(cast.organization.id):
        lines = Event.objects.filter(target_kind="field").order_by("id")
        assert [each.verb for each in lines] == ["field.created", "field.changed", "field.deleted"]
        assert (lines[1].before, lines[1].after) == ({"name": "Niche"}, {"name": "Market"})


def test_a_preset_defines_what_is_lacking_and_nothing_twice(cast: Cast) -> None:
    define(cast, name="Year", type="number")
    body = {"org": str(cast.organization.id), "preset": "advertising"}

    first = cast.owner.post("/api/field-presets", body)
    again = cast.owner.post("/api/field-presets", body)

    assert [each["key"] for each in first["results"]] == ["year", "advertiser", "niche", "shares"]
    assert first["results"] == again["results"]
    assert cast.owner.post("/api/field-presets", body | {"preset": "none"}).status == 400


def test_what_somebody_writes_while_a_fields_type_changes_is_converted_and_not_lost(
    committed_cast: Cast,
) -> None:
    cast = committed_cast
    asset, field = deliver(cast.project)[0], define(cast, name="Take")
    put(cast, asset, {"take": "1"})

    def change() -> int:
        try:
            wanted = {"type": "number", "migrate": True}
            return int(cast.owner.patch(f"/api/fields/{field['id']}", wanted).status)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with tenancy.scope(cast.org_id):
            put(cast, asset, {"take": "2"})
            changing = pool.submit(change)
            until_somebody_waits()

        assert changing.result() == 200
    assert cast.viewer.get(f"/api/assets/{asset.id}")["fields"] == {"take": 2}
