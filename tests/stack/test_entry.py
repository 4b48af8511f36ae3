"""The entry script and its helpers: the same index as pip, whole locks, one digest per package."""

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from dam.stack.commands import checks
from dam.stack.layout import CHECKOUT


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / "bin" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_entry_script_is_posix_shell():
    assert subprocess.run(["/bin/sh", "-n", CHECKOUT / "bin" / "dam"], check=False).returncode == 0


def test_uv_is_told_what_pip_is_told():
    sync = load("sync_packages")
    settings = {
        "index-url": "https://mirror.example/simple",
        "extra-index-url": "https://one.example/simple\\nhttps://two.example/simple",
        "find-links": "/srv/wheels",
        "trusted-host": "mirror.example",
        "cert": "/etc/ca.pem",
    }

    assert sync.uv_options(settings) == [
        *("--default-index", "https://mirror.example/simple"),
        *("--index", "https://one.example/simple", "--index", "https://two.example/simple"),
        *("--find-links", "/srv/wheels", "--allow-insecure-host", "mirror.example"),
    ]
    environment = sync.uv_environment(settings, root=Path("/checkout"))
    assert environment["UV_PYTHON_DOWNLOADS"] == "never"


def test_pip_variables_beat_its_files(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://from-the-environment.example/simple")
    assert load("sync_packages").pip_settings()["index-url"] == "https://from-the-environment.example/simple"


def test_locks_of_this_checkout_are_sound():
    assert checks.lock_names_public_indexes_only()
    assert checks.package_lock_names_no_registry()
    assert checks.package_lock_is_whole()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:3141/root", "file:///srv/wheels/x.whl", "https://pypi.example/"]
)
def test_lock_with_a_mirrors_address_is_refused(tmp_path, address):
    lock = tmp_path / "uv.lock"
    lock.write_text(f'source = {{ registry = "https://pypi.org/simple" }}\nurl = "{address}"\n')
    assert not checks.lock_names_public_indexes_only(lock)


def test_package_lock_with_a_registry_is_refused(tmp_path):
    lock = tmp_path / "package-lock.json"
    lock.write_text(
        json.dumps({"packages": {"node_modules/a": {"resolved": "https://mirror.example/a.tgz"}}})
    )
    assert not checks.package_lock_names_no_registry(lock)


def test_package_lock_without_another_platforms_package_is_refused(tmp_path):
    lock = tmp_path / "package-lock.json"
    lock.write_text(json.dumps({"packages": {"node_modules/a": {"optionalDependencies": {"a-darwin": "1"}}}}))
    assert not checks.package_lock_is_whole(lock)
