"""The console script loads one subcommand, and says expected errors in words."""

import argparse
import sys
from types import ModuleType

import pytest

from nykter import cli
from nykter.errors import NykterError


@pytest.fixture
def failing_command(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("nykter.commands.failing")

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--how", default="expected")

    def run(args: argparse.Namespace) -> int:
        if args.how == "expected":
            raise NykterError("The disk is full.")
        if args.how == "interrupted":
            raise KeyboardInterrupt
        raise ZeroDivisionError

    module.add_arguments = add_arguments  # type: ignore[attr-defined]
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nykter.commands.failing", module)
    monkeypatch.setattr(cli, "available_commands", lambda: {"failing": "fails"})
    return module


@pytest.mark.usefixtures("failing_command")
def test_an_expected_error_is_words_on_stderr_and_status_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["failing"]) == 1
    said = capsys.readouterr()
    assert said.err == "nykter failing: The disk is full.\n"
    assert said.out == ""


@pytest.mark.usefixtures("failing_command")
def test_an_interruption_has_a_status_of_its_own() -> None:
    assert cli.main(["failing", "--how", "interrupted"]) == 130


@pytest.mark.usefixtures("failing_command")
def test_a_defect_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        cli.main(["failing", "--how", "defect"])


@pytest.mark.usefixtures("failing_command")
def test_an_unknown_subcommand_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["unknown"])
    assert caught.value.code == 2
    assert "invalid choice: 'unknown'" in capsys.readouterr().err


def test_every_offered_subcommand_has_arguments_and_a_run() -> None:
    for name in cli.available_commands():
        module = __import__(cli._module(name), fromlist=["run"])
        assert callable(module.run)
        module.add_arguments(argparse.ArgumentParser())
