"""No file names a place on one machine, and nothing below an entry point reads the machine's clock."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("contracts", "device_gateway", "backend", "relapse_model", "dashboard", "simulators", "nykter")

# Places that exist on every Debian, or in no file system at all.
_HOME_OR_WORK = re.compile(
    r"(?<![\w.$}])/(?:home|root|Users|work|mnt)/[\w.-]+|(?<![\w.])/tmp/(?!nykter)[\w-]+"
)

# Reading the machine's clock is an entry point's business: it is read once there and passed down. What stays here
# has to do with real time itself, and says why in the code.
_MAY_READ_THE_CLOCK = {
    "nykter/clock.py",  # the clock that is passed down
}
_CLOCK_CALLS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "time_ns"),
}  # fmt: skip


def _kept_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def test_no_file_names_a_place_on_one_machine() -> None:
    found = []
    for path in _kept_files():
        if path == Path(__file__):
            continue
        for number, line in enumerate((_text(path) or "").splitlines(), start=1):
            if match := _HOME_OR_WORK.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    assert found == []


def test_the_clock_is_read_only_where_that_is_decided() -> None:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name in _MAY_READ_THE_CLOCK:
                continue
            found += [f"{name}:{line}" for line in _clock_readings(path)]
    assert found == []


def _clock_readings(path: Path) -> list[int]:
    lines = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            owner_name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if (owner_name, node.func.attr) in _CLOCK_CALLS:
                lines.append(node.lineno)
    return lines


def test_no_module_is_called_after_nothing_in_particular() -> None:
    vague = {"utils", "util", "common", "helpers", "manager", "misc"}
    assert [str(path) for path in _kept_files() if path.suffix == ".py" and path.stem in vague] == []


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.requirement("I2")
def test_no_page_or_module_asks_a_third_party_host_at_run_time(package: str) -> None:
    """Addresses in templates and scripts are ours: relative. (Python modules may cite sources in docstrings.)

    A vendored script is judged by what it does: the browser tests fail when a page asks another host.
    """
    found = []
    for path in (ROOT / package).rglob("*"):
        if "vendor" in path.parts:
            continue
        if path.suffix in (".html", ".jinja", ".j2", ".js", ".css") and path.is_file():
            for number, line in enumerate((_text(path) or "").splitlines(), start=1):
                if re.search(r"""(?:src|href|url|import|fetch)\s*[=(:]?\s*["'(]\s*(?:https?:)?//""", line):
                    found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []
