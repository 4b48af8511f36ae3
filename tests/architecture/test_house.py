"""The rules of the house that no linter sees: room order in foreign keys, routes that declare, ceilings."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from dam.core.db import TenantModel
from dam.core.web.api import Endpoint

GIT = shutil.which("git") or "git"
ROOT = Path(__file__).resolve().parents[2]
ORDER = [
    "core",
    "orgs",
    "activity",
    "jobs",
    "assets",
    "previews",
    "bulk",
    "ingest",
    "shares",
    "comments",
    "similarity",
    "exchange",
]
PEERS = {"ingest", "shares", "comments", "similarity"}
MAX_FILE_LINES, MAX_FUNCTION_LINES = 400, 40
BANNED = {
    "utils",
    "helpers",
    "common",
    "misc",
    "manager",
    "managers",
    "constants",
    "mixins",
    "signals",
    "base",
}


def source_files() -> list[Path]:
    listed = subprocess.run(
        [GIT, "ls-files", "-co", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / line for line in listed.stdout.splitlines()]
    return [path for path in paths if path.exists() and "migrations" not in path.parts]


def routes(resolver: URLResolver | None = None, prefix: str = "") -> list[tuple[str, type]]:
    found: list[tuple[str, type]] = []
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            found += routes(each, prefix + str(each.pattern))
        elif isinstance(each, URLPattern) and hasattr(each.callback, "view_class"):
            found.append((prefix + str(each.pattern), each.callback.view_class))
    return found


API_ROUTES = [
    (path, view) for path, view in routes() if path.startswith("api/") and issubclass(view, Endpoint)
]


def test_installed_rooms_are_the_rooms_of_the_import_contracts():
    text = (ROOT / "pyproject.toml").read_text()
    rooms = re.search(r"root_packages = \[(.*?)\]", text, re.DOTALL)

    assert rooms
    assert re.findall(r'"(\w+)"', rooms[1]) == ["dam", *settings.ROOMS]


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_foreign_keys_obey_the_room_order(model):
    label = model._meta.app_label
    if label not in ORDER:
        return
    for field in model._meta.concrete_fields:
        if field.is_relation and field.related_model:
            target = field.related_model._meta.app_label
            if target in ORDER and target != label and (label, target) != ("core", "orgs"):
                assert ORDER.index(target) < ORDER.index(label), field
                assert not (label in PEERS and target in PEERS), field
                assert field.remote_field.related_name == "+", field


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if issubclass(m, TenantModel)], ids=lambda m: m._meta.label
)
def test_unique_constraints_of_tenant_tables_begin_with_the_tenant(model):
    for constraint in model._meta.constraints:
        fields = getattr(constraint, "fields", ())
        # 256 random bits betray nobody's existence, and are looked up before the tenant is known.
        if fields and fields != ("token_hash",):
            assert fields[0] == "organization", constraint.name


@pytest.mark.parametrize(
    ("path", "view"), API_ROUTES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_route_declares_what_each_method_needs(path: str, view: type[Endpoint]):
    methods = {name.upper() for name in view.http_method_names if hasattr(view, name)} - {"OPTIONS", "HEAD"}

    if view.needs_organization and not view.allows_anonymous:
        assert methods <= set(view.permissions), (
            f"{view.__name__}: permissions of {methods - set(view.permissions)}"
        )
    assert methods - {"DELETE", "GET"} <= set(view.inputs) | {"POST"}, view.__name__


def test_no_file_has_a_drawers_name():
    assert [path for path in source_files() if path.stem in BANNED] == []


def test_files_and_functions_stay_under_the_ceilings():
    over = []
    for path in source_files():
        text = path.read_text()
        if text.count("\n") > MAX_FILE_LINES:
            over.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    over.append(f"{path.relative_to(ROOT)}:{node.name}: {length} lines")
    assert over == []


def test_no_test_is_skipped_and_no_check_is_silenced_without_a_reason():
    # A rule that is let off names the rule, and says why.
    reasoned = r"(?!: [A-Z]+\d+(?:, [A-Z]+\d+)* +(?:[-#] )?\w)"
    silenced = re.compile(rf"pytest\.mark\.(skip|xfail)|pytest\.skip\(|# noqa{reasoned}|# type: ignore(?!\[)")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in source_files()
        if path != Path(__file__)
        for line in path.read_text().splitlines()
        if silenced.search(line)
    ]
    assert found == []


def test_the_lock_files_name_the_public_index_alone():
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text()))

    assert hosts <= {"pypi.org", "files.pythonhosted.org"}
    assert '"resolved"' not in (ROOT / "portal" / "package-lock.json").read_text()
