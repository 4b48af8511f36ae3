"""Plug-ins: the example package works as its page says, and one that fails is told and breaks nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image

from dam.core import plugins
from previews.media.facts import MediaFacts
from previews.media.packaging.publishing import Published
from previews.media.plugins import ask_plugins
from tests.assets.catalogue import deliver
from tests.cast import Cast
from tests.exchange.installing import EXAMPLE, installed, write_package

FACTS = MediaFacts(kind="image", mime="image/png", width=8, height=8)
BAD = """
[project.entry-points."dam.exporters"]
broken = "bad.nowhere:Thing"
csv = "json:decoder"
[project.entry-points."dam.metadata_extractors"]
raises = "bad.raises"
babbles = "bad.babbles"
lists = "bad.lists"
floods = "bad.floods"
gone = "bad.gone"
quiet = "bad.quiet"
spies = "bad.spies"
"Bad Name" = "bad.quiet"
[project.entry-points."dam.preview_recipes"]
links = "bad.links"
"""


class Kept:
    """A sink that remembers what was stored."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, str]] = {}

    def publish(self, name: str, path: Path, content_type: str) -> None:
        self.files[name] = (path.read_bytes(), content_type)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    Image.new("RGB", (8, 8), (200, 10, 10)).save(path)
    return path


def ask(source: Path, tmp_path: Path) -> tuple[dict[str, dict[str, object]], Kept]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    kept = Kept()
    return ask_plugins(source, facts=FACTS, scratch=scratch, published=Published(kept)), kept


def test_the_example_exports_tells_and_makes(cast: Cast, tmp_path: Path, picture: Path):
    cast.owner.post("/api/fields", {"name": "Niche", "type": "text"})
    asset, _ = deliver(cast.project, title="A | B")
    cast.editor.patch(f"/api/assets/{asset.id}", {"fields": {"niche": "cars"}})

    with installed(EXAMPLE, tmp_path / "site"):
        answer = cast.viewer.get("/api/assets/export?format=markdown")
        told, kept = ask(picture, tmp_path)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert (
        answer.response.content.decode().splitlines()[2]
        == "| A \\| B | video | Opening shot.mov | 1000000 | cars |"
    )
    assert told["outline"]["begins"] == "89504e470d0a1a0a"
    assert told["swatch"] == {"colour": "#c80a0a", "files": ["swatch.json", "swatch.png"]}
    assert set(kept.files) == {"img/plugin/swatch/swatch.json", "img/plugin/swatch/swatch.png"}
    assert cast.viewer.get("/api/assets/export?format=markdown").status == 400


def spy(secret: Path) -> str:
    """A plug-in that tells which doors it found open."""
    return (
        "import json, socket, pathlib\n"
        "told = {}\n"
        f"try: told['file'] = pathlib.Path({str(secret)!r}).read_text()\n"
        "except OSError: told['file'] = 'closed'\n"
        "try: socket.create_connection(('127.0.0.1', 1)); told['net'] = 'open'\n"
        "except ConnectionRefusedError: told['net'] = 'open'\n"
        "except OSError: told['net'] = 'closed'\n"
        "print(json.dumps(told))"
    )


def test_plugins_that_fail_are_told_and_cost_nothing_else(
    cast: Cast, tmp_path: Path, picture: Path, capsys: pytest.CaptureFixture[str]
):
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret")
    package = write_package(
        tmp_path / "bad",
        entries=BAD,
        raises="raise ValueError('no')",
        babbles="print('no json')",
        lists="print('[1]')",
        floods="print('\"' + 'x' * 300_000 + '\"')",
        quiet="",
        spies=spy(secret),
        links="import os, sys; os.symlink('/etc/passwd', sys.argv[2] + '/stolen.txt')",
    )

    with installed(package, tmp_path / "site"):
        told, kept = ask(picture, tmp_path)
        refused = {each.name: each.reason for each in plugins.faults()}
        with pytest.raises(SystemExit):
            call_command("plugins")
        status = cast.viewer.get("/api/assets/export?format=csv").status

    assert {name: "error" in told.get(name, {}) for name in ("raises", "babbles", "lists", "floods")} == {
        "raises": True,
        "babbles": True,
        "lists": True,
        "floods": True,
    }
    assert "quiet" not in told
    assert told["spies"] == {"file": "closed", "net": "closed"}
    assert "links" not in told
    assert kept.files == {}
    assert set(refused) == {"broken", "csv", "gone", "Bad Name"}
    listed = [json.loads(each) for each in capsys.readouterr().out.splitlines() if '"usable"' in each]
    assert {each["name"] for each in listed if not each["usable"]} == set(refused)
    assert status == 200


def test_an_exporter_that_fails_says_so_before_the_answer(cast: Cast, tmp_path: Path):
    code = (
        "class Thing:\n"
        "    media_type, ending = 'text/plain', 'txt'\n"
        "    @staticmethod\n"
        "    def write(records, keys):\n"
        "        raise ValueError('no')\n"
        "        yield b''\n"
    )
    package = tmp_path / "lone"
    package.mkdir()
    (package / "lonely_exporter.py").write_text(code)
    (package / "pyproject.toml").write_text(
        '[project]\nname = "lone"\nversion = "1"\n'
        '[project.entry-points."dam.exporters"]\nlonely = "lonely_exporter:Thing"\n'
    )

    with installed(package, tmp_path / "site"):
        answer = cast.viewer.get("/api/assets/export?format=lonely")

    assert (answer.status, answer.problem) == (502, "plugin-failed")
