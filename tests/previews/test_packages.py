"""Parts of packages are recognised: what they are, what they are called, and which files they name."""

from pathlib import Path
from typing import Any

import av
import pytest

from previews.media.facts import MediaFacts
from previews.media.probing.catalogued import catalogue
from previews.media.probing.metadata import read_metadata
from tests.previews.media import built, made
from tests.previews.packages import ASSET_MAP, CPL, PKL, delivery, track_file

TRACK = "0eb3d1b9-b77b-4d3f-bbe5-7c69b15dca85"


def written(name: str, text: str, **values: object) -> Path:
    given = {"track": TRACK.upper(), "name": "picture.mxf", "size": 1234} | values
    return made(name, lambda path: path.write_text(text.format(**given)))


def package_of(source: Path, mime: str, scratch: Path) -> Any:
    kind: Any = "video" if mime == "application/mxf" else "document"
    found = read_metadata(source, facts=MediaFacts(kind=kind, mime=mime), scratch=scratch)
    return found.get("package")


def test_a_composition_says_what_it_plays() -> None:
    done = built(written("CPL.xml", CPL))
    package = done.result.meta["package"]

    assert (done.result.state, done.result.facts.kind) == ("ready", "document")
    assert (package["type"], package["title"], package["content_kind"]) == (
        "imf-composition",
        "Harbour",
        "feature",
    )
    assert (package["edit_rate"], package["duration"]) == ("24000/1001", 1001.0)
    assert package["id"] == "0eb3d1b9-b77b-4d3f-bbe5-7c69b15dca84"
    assert [each["kind"] for each in package["assets"]] == ["MainImage", "MainAudio"]
    assert package["assets"][0]["id"] == TRACK


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [("PKL.xml", PKL, "imf-packing-list"), ("ASSETMAP.xml", ASSET_MAP, "imf-asset-map")],
)
def test_a_list_of_files_names_each_with_its_size(name: str, text: str, kind: str, tmp_path: Path) -> None:
    package = package_of(written(name, text), "application/xml", tmp_path)

    assert package["type"] == kind
    named = next(each for each in package["assets"] if each["id"] == TRACK)
    assert (named["name"], named["size"]) == ("picture.mxf", 1234)


def test_documents_with_declarations_are_left_unread(tmp_path: Path) -> None:
    secret = made("secret.txt", lambda path: path.write_text("secret"))
    bait = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>'
    text = CPL.partition("?>")[2].replace("Harbour", "&x;")

    assert (
        package_of(written("bait.xml", bait.replace("{", "{{") + text), "application/xml", tmp_path) is None
    )


def test_other_xml_is_no_package(tmp_path: Path) -> None:
    assert package_of(written("other.xml", "<project/>"), "application/xml", tmp_path) is None


def test_a_track_file_has_the_identity_that_compositions_use() -> None:
    source = track_file("plain.mxf")
    with av.open(str(source)) as container:
        umid = container.streams.video[0].metadata["file_package_umid"]

    package = built(source).result.meta["package"]

    assert (
        package["type"] == catalogue(built(source).result.facts, meta={"package": package}).package == "mxf"
    )
    assert [each.replace("-", "") for each in package["track_files"]] == [umid[-32:].lower()]


def test_an_as11_delivery_says_its_titles(tmp_path: Path) -> None:
    package = package_of(delivery("as11.mxf"), "application/mxf", tmp_path)

    assert (package["type"], package["is_uk_dpp"]) == ("as-11", True)
    assert (package["series_title"], package["title"], package["shim_name"]) == (
        "Harbour Stories",
        "The Harbour",
        "UK DPP HD",
    )


def test_a_cut_header_is_no_reason_to_fail(tmp_path: Path) -> None:
    cut = made("cut.mxf", lambda path: path.write_bytes(track_file("plain.mxf").read_bytes()[:700]))

    found = package_of(cut, "application/mxf", tmp_path)

    assert found is None or found["type"] == "mxf"
