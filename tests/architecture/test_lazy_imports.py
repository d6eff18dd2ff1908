"""A process loads its own part and nothing of the others: a gateway at home is a small machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from nykter.cli import available_commands

ROOT = Path(__file__).parents[2]


def _loaded_by(*arguments: str) -> set[str]:
    code = (
        "import contextlib, io, sys\n"
        "from nykter.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    main({list(arguments)!r})\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(outcome.stdout.split())


def test_the_help_alone_loads_none_of_our_parts() -> None:
    assert (
        _loaded_by("--help") & {"backend", "device_gateway", "relapse_model", "dashboard", "simulators"}
        == set()
    )


@pytest.mark.parametrize("command", sorted(set(available_commands()) - {"model"}))
def test_no_subcommand_but_the_models_needs_the_machine_learning_to_say_its_help(command: str) -> None:
    assert _loaded_by(command, "--help") & {"sklearn", "scipy", "playwright"} == set()


@pytest.mark.skipif("gateway" not in available_commands(), reason="this version has no gateway command")
def test_the_gateway_loads_no_backend_and_no_drivers_of_it() -> None:
    assert (
        _loaded_by("gateway", "--help") & {"backend", "relapse_model", "sklearn", "psycopg", "procrastinate"}
        == set()
    )


def test_the_gateways_modules_load_no_backend_and_no_drivers_of_it() -> None:
    modules = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "device_gateway").rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py")
    )
    code = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\nprint(*sys.modules)"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in outcome.stdout.split()}
    assert loaded & {"backend", "relapse_model", "sklearn", "psycopg", "procrastinate"} == set()
