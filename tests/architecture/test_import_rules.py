"""Who may import whom, and where each driver lives."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("contracts", "device_gateway", "backend", "relapse_model", "dashboard", "simulators", "nykter")

# Where each outside world is touched. A second home for one of them is a decision, made here.
_HOMES = {
    "bleak": ("device_gateway/radio", "device_gateway/errors"),
    # A benchmark measures the bare library beside ours.
    "paho": (
        "device_gateway/publisher",
        "device_gateway/mqtt",
        "backend/ingest",
        "simulators/fleet",
        "nykter/bench",
    ),
    # Ingest's handler tells a row's errors from the database's; a listener and the jobs have connections of their own.
    "psycopg": ("backend/store", "backend/ingest/handler", "backend/jobs", "backend/services/live", "nykter"),
    "psycopg_pool": ("backend/store", "backend/jobs"),
    "procrastinate": ("backend/jobs", "nykter"),
    "sklearn": ("relapse_model", "nykter/bench"),
    "playwright": ("nykter/bench",),
}


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
    return found


def _modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@pytest.mark.timeout(120)
def test_import_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run(
        [program, "--cache-dir", ".import_linter_cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "0 broken" in outcome.stdout


@pytest.mark.parametrize("driver", _HOMES)
def test_a_driver_is_imported_only_where_it_lives(driver: str) -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in _modules()
        if any(name.split(".")[0] == driver for name in _imports(path))
        and not str(path.relative_to(ROOT)).startswith(_HOMES[driver])
    ]
    assert strangers == []


def test_nothing_imports_the_composition_root() -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in _modules()
        if path.relative_to(ROOT).parts[0] != "nykter"
        and any(name.split(".")[0] == "nykter" for name in _imports(path))
    ]
    assert strangers == []


def test_the_simulators_never_use_the_gateways_decoders() -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "simulators").rglob("*.py")
        if any(name.split(".")[0] == "device_gateway" for name in _imports(path))
    ]
    assert strangers == []


def test_every_package_says_what_it_is_and_that_it_is_typed() -> None:
    for package in PACKAGES:
        module = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(module), package
        assert (ROOT / package / "py.typed").exists(), package


@pytest.mark.requirement("L4")
def test_only_access_makes_a_visible_client() -> None:
    made = {
        path.relative_to(ROOT).as_posix()
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "VisibleClientId"
    }
    assert made == {"backend/access/visibility.py"}
