"""What the import contracts do not see: files that need each other, and names that are looked up as the program runs."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from jobs.kinds import Registered, registered
from tests.architecture.test_house import ROOT, source_files

APART = {"tests", "bench"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product, by its name."""
    paths = [each for each in source_files() if each.relative_to(ROOT).parts[0] not in APART]
    return {name_of(each): ast.parse(each.read_text()) for each in paths}


def imported_by(tree: ast.Module) -> Iterator[str]:
    """The modules of ours that a file names, also where types alone need them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in modules())
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                yield inner if inner in modules() else node.module


def circle_in(needs: dict[str, set[str]]) -> set[str]:
    """Take away what needs nothing that is left, and what nothing that is left needs, until nothing goes."""
    left, gone = needs, {""}
    while gone:
        needed = set[str]().union(*left.values())
        gone = {name for name, some in left.items() if not some & left.keys() or name not in needed}
        left = {name: some & left.keys() - gone for name, some in left.items() if name not in gone}
    return set(left)


def queued() -> set[tuple[str, str]]:
    """Where jobs are queued, and the name that stands there for their kind."""
    return {
        (module, keyword.value.id)
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
        == "enqueue"
        for keyword in node.keywords
        if keyword.arg == "kind" and isinstance(keyword.value, ast.Name)
    }


def test_no_files_need_each_other():
    assert circle_in({name: {*imported_by(tree)} - {name} for name, tree in modules().items()}) == set()


def test_a_circle_is_found_however_long():
    assert circle_in(
        {"a": {"b"}, "b": {"c"}, "c": {"a", "low"}, "top": {"high"}, "high": {"a"}, "low": set()}
    ) == set("abc")


def test_every_kind_of_job_that_is_queued_has_a_handler_that_takes_its_run():
    kinds = {getattr(import_module(module), name) for module, name in queued() if name.isupper()}
    known = {each: registered(each) for each in kinds}

    assert [kind for kind, each in known.items() if each is None] == []
    assert len(kinds) > 10
    takes = {kind: parameters(each) for kind, each in known.items() if each is not None}
    assert {kind: each for kind, each in takes.items() if each != ["JobRun"]} == {}


def parameters(kind: Registered) -> list[str]:
    """What a handler must be given, by the types it names."""
    return [
        str(each.annotation)
        for each in inspect.signature(kind.handler).parameters.values()
        if each.default is inspect.Parameter.empty
    ]
