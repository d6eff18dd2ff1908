"""compose.yaml, Dockerfile, units and broker settings: whole, closed, and naming only what exists.

None of them is started here (no container engine, no service manager): what can be checked without one is.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # comes with the tests' own tools

from nykter.cli import COMMANDS
from nykter.commands import broker_login
from tests.support.servers import missing

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/nykter-*.service"))
_HARDENED = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "CapabilityBoundingSet=",
)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def test_every_file_compose_names_exists_or_is_a_secret(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        if build := service.get("build"):
            context = (DEPLOY / build["context"]).resolve()
            assert (context / build["dockerfile"]).is_file()
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            known = source in compose["volumes"] or source.startswith("./secrets/")
            assert known or (DEPLOY / source).is_file(), source
        for secret in service.get("secrets", ()):
            assert compose["secrets"][secret]["file"] == f"./secrets/{secret}"
        for other in service.get("depends_on", ()):
            assert other in compose["services"]


def test_only_the_brokers_tls_port_is_open_to_others(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == ["8883:8883"]
    settings = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
    assert re.findall(r"^listener (.*)$", settings, re.MULTILINE) == ["8883"]
    assert "\ncertfile " in settings
    assert "\nallow_anonymous false" in settings


def test_with_certificates_nobody_enters_without_one_and_the_list_is_read() -> None:
    settings = (DEPLOY / "mosquitto" / "certificates.conf").read_text(encoding="utf-8").splitlines()
    wanted = ("require_certificate true", "use_identity_as_username true", "crlfile /mosquitto/ca/crl.pem")
    assert [line for line in wanted if line not in settings] == []
    assert "allow_anonymous false" in settings
    assert not [line for line in settings if line.startswith(("password_file", "listener 1883"))]


def test_compose_gives_secrets_as_files_and_rights_to_nobody(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in (service.get("environment") or {}).items():
            secret = re.search(r"PASSWORD|KEY|URL", variable)
            assert not secret or str(value).startswith("/run/secrets/"), f"{name}: {variable}"
        if name != "database":
            assert service["cap_drop"] == ["ALL"], name
            assert "no-new-privileges:true" in service["security_opt"], name


def test_compose_runs_two_of_each_under_names_of_their_own(compose: dict[str, Any]) -> None:
    ingests = [
        s["environment"]["NYKTER_INGEST_NAME"] for n, s in compose["services"].items() if "ingest" in n
    ]
    workers = [s["command"][-1] for n, s in compose["services"].items() if "worker" in n]
    assert ingests == ["ingest", "ingest-2"]
    assert workers == ["worker", "worker-2"]
    for service in compose["services"].values():
        if "build" in service:
            assert service["command"][0] in COMMANDS


def test_the_image_is_built_from_the_lock_and_of_what_exists() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in text
    assert re.search(r"^USER (?!0|root)", text, re.MULTILINE)
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_units_are_closed_and_run_commands_that_exist(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=\S+/nykter (\S+)", text, re.MULTILINE)
    assert command is not None
    assert command[1] in COMMANDS
    if "gateway" not in unit.stem:  # it needs Bluetooth, and has a test of its own
        assert [line for line in _HARDENED if line not in text] == []
        assert not re.search(r"^User=root", text, re.MULTILINE)


def test_units_are_understood_by_systemd(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        missing("systemd-analyze is not installed")
    assert program is not None
    copies = []
    for unit in (*UNITS, *DEPLOY.glob("systemd/*.timer")):
        # The program itself is not installed where the units say.
        copy = tmp_path / unit.name
        copy.write_text(re.sub(r"(?<==)/opt/nykter/\S+", "/bin/true", unit.read_text(encoding="utf-8")))
        copies.append(str(copy))
    outcome = subprocess.run([program, "verify", *copies], capture_output=True, text=True, timeout=50)
    ours = [line for line in outcome.stderr.splitlines() if "nykter" in line]
    assert ours == [], outcome.stderr
    assert outcome.returncode == 0, outcome.stderr


def test_a_login_lets_the_gateway_at_its_own_topics_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    broker_login.add_arguments(parser)
    given = ["--folder", str(tmp_path), "--host", "mqtt.example.org"]
    assert broker_login.run(parser.parse_args(given)) == 0
    assert broker_login.run(parser.parse_args([*given, "--tenant", "kommun", "--device", "gw-0001"])) == 0
    assert "@mqtt.example.org:8883" in capsys.readouterr().out
    acl = (tmp_path / "acl").read_text()
    assert "topic write nykter/v1/kommun/gw-0001/reading" in acl
    assert "topic read nykter/v1/kommun/gw-0001/resend" in acl
    assert len((tmp_path / "passwords").read_text().splitlines()) == 2
