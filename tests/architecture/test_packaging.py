"""The lock names no address, nobody else ships our package names, and the wheel is whole."""

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("contracts", "device_gateway", "backend", "relapse_model", "dashboard", "simulators", "nykter")
_SOURCE_ONLY = {".pyc", ".po", ".pot"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            folder,
            ROOT,
        ],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    return next(folder.glob("nykter-*.whl"))


def test_the_lock_pins_with_hashes_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert not re.search(
        r"--(find-links|index-url|extra-index-url|trusted-host)|^\s*-[fi]\b", lock, re.MULTILINE
    )
    requirements = re.findall(r"^[a-z0-9][\w.\-]*==\S+.*$", lock, re.MULTILINE)
    assert len(requirements) > 50
    assert lock.count("--hash=sha256:") >= len(requirements)
    assert not (ROOT / "uv.lock").exists()


def test_the_lock_holds_everything_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    locked = set(
        re.findall(r"^([\w.\-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    )
    names = {re.split(r"[\[<>=;~! ]", text, maxsplit=1)[0].lower().replace("_", "-") for text in wanted}
    assert names - {name.lower().replace("_", "-") for name in locked} == set()


def test_the_project_cannot_be_uploaded_by_mistake() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]
    assert tuple(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES


@pytest.mark.parametrize("name", PACKAGES)
def test_nobody_else_ships_a_package_of_our_name(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"nykter"}
    module = __import__(name)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


@pytest.mark.timeout(120)
def test_the_wheel_holds_every_file_the_packages_need_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    kept = subprocess.run(
        ["git", "ls-files", "--", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    expected = {name for name in kept if Path(name).suffix not in _SOURCE_ONLY and (ROOT / name).exists()}
    assert expected - packed == set()
    assert {name.split("/")[0] for name in packed} == set(PACKAGES)


@pytest.mark.timeout(240)
def test_every_subcommand_starts_from_the_wheel_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """The editable install hides what is missing in the wheel; this one has nothing but the wheel and the lock."""
    venv.create(tmp_path / "clean", with_pip=False, symlinks=True)
    python = tmp_path / "clean" / "bin" / "python"
    site = next((tmp_path / "clean" / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    locked = Path(sys.prefix) / site.relative_to(tmp_path / "clean")
    # The locked packages are borrowed from our environment, without the .pth file that leads into the checkout.
    start = f"import sys; sys.path.append({str(locked)!r}); from nykter import cli; print(cli.__file__); "

    def run(code: str) -> list[str]:
        outcome = subprocess.run(
            [python, "-P", "-c", start + code],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin"},
        )
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome.stdout.splitlines()

    found, *names = run("print(*cli.available_commands(), sep='\\n')")
    assert Path(found).is_relative_to(tmp_path)
    assert "doctor" in names
    for name in names:
        assert run(f"sys.exit(cli.main([{name!r}, '--help']))")[1].startswith(f"usage: nykter {name}")
    run("from backend.store.migration_files import shipped_migrations; assert len(shipped_migrations()) > 1")
