"""Plug-ins installed without a network: a package's folder and its metadata, as an installer leaves them, on the path."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dam.core import plugins
from dam.core.web import parsing
from exchange.export.formats import formats

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "plugin"


@contextmanager
def installed(packages: Path, site: Path) -> Iterator[None]:
    """Let the package of a `pyproject.toml` be found like an installed one for as long as the block runs."""
    project = tomllib.loads((packages / "pyproject.toml").read_text())["project"]
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = project["entry-points"]
    (info / "entry_points.txt").write_text(
        "\n".join(
            f"[{group}]\n" + "\n".join(f"{name} = {value}" for name, value in entries.items())
            for group, entries in groups.items()
        )
    )
    before = list(sys.path)
    sys.path[:0] = [str(site), str(packages)]
    _look_anew()
    try:
        yield
    finally:
        sys.path[:] = before
        _look_anew()


def write_package(folder: Path, *, entries: str, **modules: str) -> Path:
    """Write a package `bad` with these modules and entry points, and return its folder."""
    (folder / "bad").mkdir(parents=True)
    (folder / "bad" / "__init__.py").write_text("raise RuntimeError('never imported for a script')\n")
    for name, text in modules.items():
        (folder / "bad" / f"{name}.py").write_text(text)
    (folder / "pyproject.toml").write_text(f'[project]\nname = "bad"\nversion = "1"\n{entries}\n')
    return folder


def _look_anew() -> None:
    plugins.forget()
    formats.cache_clear()
    parsing._reader.cache_clear()
    parsing.read_query.cache_clear()
