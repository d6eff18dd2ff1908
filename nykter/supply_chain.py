"""What Nykter is built of: every locked package with its hashes and licence, as a CycloneDX bill of materials.

The licence is what the installed package says of itself; a package of the lock that is not installed here (another
platform's) is listed without one.
"""

import json
import re
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any, Final

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
FORBIDDEN: Final = re.compile(
    r"\bAGPL|Affero|\bSSPL|Server Side Public|\bBUSL|Business Source|Commons Clause|(?<!L)\bGPL|"
    r"(?<!Lesser )General Public License(?! v2 with)|proprietary|non-?commercial",
    re.IGNORECASE,
)
"""Licences that would bind, or forbid, those who run Nykter beyond Apache-2.0. LGPL and MPL are fine for unchanged
libraries.
"""


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned package. `licence` is empty where it is not installed or says nothing."""

    name: str
    version: str
    sha256: tuple[str, ...]
    licence: str


def packages(lock: str) -> tuple[Package, ...]:
    """The packages of a lock file, in its order."""
    found = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock):
        if pin := _PIN.match(block):
            name, version = pin.group(1), pin.group(2)
            found.append(Package(name, version, tuple(_HASH.findall(block)), licence_of(name)))
    return tuple(found)


def licence_of(name: str) -> str:
    """What an installed package says its licence is: an SPDX expression, its classifiers, or its own short words."""
    try:
        told = distribution(name)
    except PackageNotFoundError:
        return ""
    return _expression(told) or _classified(told) or _short(told)


def bill_of_materials(lock: str) -> str:
    """CycloneDX 1.6 as JSON. The same lock gives the same bytes: no time and no random number stands in it."""
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": "nykter", "name": "nykter",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_component(one) for one in packages(lock)],
    }  # fmt: skip
    return json.dumps(document, indent=1) + "\n"


def _component(one: Package) -> dict[str, Any]:
    reference = f"pkg:pypi/{one.name.lower()}@{one.version}"
    made: dict[str, Any] = {
        "type": "library", "bom-ref": reference, "name": one.name, "version": one.version, "purl": reference,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.sha256],
    }  # fmt: skip
    if one.licence:
        made["licenses"] = [{"license": {"name": one.licence}}]
    return made


def _expression(told: Distribution) -> str:
    return _first(told, "License-Expression").strip()


def _classified(told: Distribution) -> str:
    classifiers = told.metadata.get_all("Classifier") or []
    return ", ".join(one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License :: "))


def _short(told: Distribution) -> str:
    return next(iter(_first(told, "License").strip().splitlines()), "")[:80]


def _first(told: Distribution, field: str) -> str:
    return str((told.metadata.get_all(field) or [""])[0])
