"""The table is whole: every route and method of the API stands in it, and nothing else does."""

from __future__ import annotations

from rest_framework.views import APIView

from dam.core.db import new_id
from tests.architecture.test_house import routes
from tests.tenancy.cells import Matrix, Question
from tests.tenancy.doors import DOORS, PUBLIC

API = {path: view for path, view in routes() if path.startswith("api/") and path not in PUBLIC}


def methods(view: type) -> set[str]:
    assert issubclass(view, APIView)
    return {each.upper() for each in view.http_method_names if hasattr(view, each)} - {"OPTIONS", "HEAD"}


def test_every_route_and_method_stands_in_the_table():
    served = {(method, path) for path, view in API.items() for method in methods(view)}

    assert {(each.method, each.route) for each in DOORS} == served


def test_every_id_in_a_path_stands_in_the_table():
    for each in DOORS:
        named = {
            part[5:-1] for part in each.route.replace(".webp", "").split("/") if part.startswith("<str:")
        }
        assert named - {"number"} == set(each.path), each.name


def test_every_id_that_a_body_or_query_declares_stands_in_the_table():
    for each in DOORS:
        view = API[each.route]
        declared = ids_in(getattr(view, "inputs", {}).get(each.method))
        if each.least == "link":
            declared.discard("mentions")  # guests mention nobody, whoever it is
        asked = ids_in(getattr(view, "queries", {}).get(each.method))
        spots = {".".join(part for part in spot.split(".") if not part.isdigit()) for spot in spots_of(each)}
        assert declared <= spots | {"organization"}, (each.name, declared - spots)
        assert asked - {"org"} <= set(each.query), (each.name, asked - set(each.query))


def spots_of(door) -> set[str]:
    """Return the spots that any entry of the same route and method names."""
    return {spot for each in DOORS if each.name == door.name for spot in each.ids}


def ids_in(serializer, prefix: str = "") -> set[str]:
    """Return the dotted names of the fields that hold ids."""
    from rest_framework import serializers

    found: set[str] = set()
    for name, field in (
        (serializer() if isinstance(serializer, type) else serializer).fields.items() if serializer else ()
    ):
        child = getattr(field, "child", None)
        if isinstance(field, serializers.UUIDField) or isinstance(child, serializers.UUIDField):
            found.add(prefix + name)
        elif isinstance(field, serializers.Serializer):
            found |= ids_in(field, f"{prefix}{name}.")
    return found


def test_asking_for_the_methods_of_a_door_tells_strangers_nothing(matrix: Matrix):
    for door in DOORS:
        if door.path and door.least != "link":
            address = Question(door, matrix.house.own.ids).address
            absent = Question(door, dict.fromkeys(matrix.house.own.ids, str(new_id()))).address

            assert matrix.house.cast.nobody.send("OPTIONS", address).status == 401, door.name
            told, none = (matrix.house.cast.stranger.send("OPTIONS", each) for each in (address, absent))
            assert told.status == none.status, door.name
            assert not [each for each in matrix.house.own.secrets if each in told.response.content.decode()]


def test_asking_for_the_head_of_a_door_is_asking_at_the_door(matrix: Matrix):
    for door in DOORS:
        if door.method == "GET" and door.path and door.least != "link":
            address = Question(door, matrix.house.own.ids).address
            statuses = {
                role: matrix.house.caller(role).send("HEAD", address).status
                for role in ("owner", "stranger", "nobody", "guest")
            }
            assert statuses == {"owner": door.passes[0], "stranger": 404, "nobody": 401, "guest": 401}, (
                door.name
            )
