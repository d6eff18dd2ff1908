"""What we are built of: a bill of materials from the lock, and licences that may be used."""

import json

import pytest

from nykter.supply_chain import FORBIDDEN, bill_of_materials, packages
from tests.support.trace import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
_SAID_ELSEWHERE = {
    "text-unidecode": "Artistic-1.0 or GPL at the user's choice; the Artistic licence is chosen",
    "pgserver": "Apache-2.0",
}
"""Packages whose own words need a look, and what was found."""


@pytest.mark.requirement("E5", "E2")
def test_the_bill_of_materials_names_every_locked_package_with_its_hashes() -> None:
    document = json.loads(bill_of_materials(LOCK))
    pinned = [line for line in LOCK.splitlines() if "==" in line and line[0].isalnum()]
    assert (document["bomFormat"], len(document["components"])) == ("CycloneDX", len(pinned))
    assert all(one["hashes"] and one["purl"].startswith("pkg:pypi/") for one in document["components"])
    assert bill_of_materials(LOCK) == bill_of_materials(LOCK)


def test_every_package_has_a_licence_that_may_be_used() -> None:
    found = [(one.name, one.licence) for one in packages(LOCK) if one.name not in _SAID_ELSEWHERE]
    installed = [(name, licence) for name, licence in found if licence]
    assert len(installed) > len(found) * 0.8, "too few are installed here to say anything"
    assert [(name, licence) for name, licence in installed if FORBIDDEN.search(licence)] == []


@pytest.mark.parametrize(
    ("licence", "is_forbidden"),
    [
        ("AGPL-3.0-only", True), ("GPLv3", True), ("GNU General Public License v3 (GPLv3)", True),
        ("Business Source License 1.1", True), ("SSPL-1.0", True), ("LGPL-3.0-or-later", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False), ("MPL-2.0", False), ("MIT", False),
        ("Apache-2.0 OR BSD-3-Clause", False),
    ],
)  # fmt: skip
def test_what_is_forbidden(licence: str, is_forbidden: bool) -> None:
    assert bool(FORBIDDEN.search(licence)) is is_forbidden
