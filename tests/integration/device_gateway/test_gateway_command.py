from pathlib import Path

import pytest

from nykter.cli import main


def test_enrolling_makes_a_private_key_and_prints_its_public_half(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key_file = tmp_path / "gateway.key"
    assert main(["gateway", "enrol", "--key-file", str(key_file)]) == 0
    printed = capsys.readouterr().out
    public_key = next(line.split()[-1] for line in printed.splitlines() if line.startswith("public key"))
    assert len(bytes.fromhex(public_key)) == 32
    assert key_file.read_text().strip() not in printed
    assert key_file.stat().st_mode & 0o077 == 0


def test_enrolling_twice_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["gateway", "enrol", "--key-file", str(tmp_path / "gateway.key")]
    main(arguments)
    assert main(arguments) == 1
    assert "never replaced" in capsys.readouterr().err


def test_running_without_settings_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gateway", "run"]) == 1
    complaint = capsys.readouterr().err
    assert "NYKTER_GATEWAY_DEVICE_ID" in complaint
    assert "Traceback" not in complaint


def test_the_status_of_no_gateway_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gateway", "status", "--port", "1"]) == 1
    assert "no gateway answers" in capsys.readouterr().err
