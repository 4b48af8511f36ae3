"""What is brought in may be used, changed and given on by whoever runs the platform (docs/licences.md)."""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, distributions

from tests.architecture.test_house import ROOT

ACCEPTED = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Zlib|0BSD|CC0|Unlicense|MPL|Mozilla Public License|LGPL)\b", re.IGNORECASE
)
#: Packages whose metadata says nothing usable, and what their licence file says.
SAID_ELSEWHERE = {"resvg_py": "MIT", "qrcode": "BSD-3-Clause"}


def licence_of(package: Distribution) -> str:
    if package.name in SAID_ELSEWHERE:
        return SAID_ELSEWHERE[package.name]

    def said(name: str) -> list[str]:
        return package.metadata.get_all(name) or []

    classifiers = [each for each in said("Classifier") if each.startswith("License :: OSI Approved ::")]
    return " AND ".join(said("License-Expression") or classifiers or said("License"))


def are_accepted(licence: str) -> bool:
    """Every one of several that hold together, or one of those to choose from."""
    together = [each for each in re.split(r"\s+AND\s+", licence.strip("()")) if each]
    return bool(together) and all(ACCEPTED.search(each) for each in together)


def test_python_packages_have_licences_that_may_be_given_on():
    refused = {each.name: licence_of(each) for each in distributions() if not are_accepted(licence_of(each))}

    assert refused == {}


def test_packages_of_the_portal_have_licences_that_may_be_given_on():
    locked = json.loads((ROOT / "portal" / "package-lock.json").read_text())["packages"]
    said = {name: str(package.get("license", "")) for name, package in locked.items() if name}

    assert {name: each for name, each in said.items() if not are_accepted(each)} == {}
    assert said


def test_a_licence_that_binds_more_is_refused():
    assert not any(map(are_accepted, ["", "GPL-3.0-only", "AGPL-3.0", "SSPL-1.0", "MIT AND GPL-2.0-only"]))
    assert all(map(are_accepted, ["LGPL-3.0-only", "MPL-2.0 AND (Apache-2.0 OR MIT)", "(MIT OR CC0-1.0)"]))
