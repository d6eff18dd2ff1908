"""Secrets are readable by their owner alone, and nothing that is not ours is touched."""

import stat
from pathlib import Path

import pytest

from nykter.errors import NykterError
from nykter.runtime.account import account_for, private_folder, write_private


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_folder_is_closed_to_others_and_its_parent_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder = private_folder(tmp_path / "data")
    assert _mode(folder) == 0o700
    assert _mode(tmp_path) == 0o755


def test_an_open_folder_of_ours_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    private_folder(folder)
    assert _mode(folder) == 0o700


def test_a_link_in_a_private_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NykterError, match="is in the way"):
        private_folder(tmp_path / "data")
    assert _mode(tmp_path / "elsewhere") == 0o755


def test_a_secret_is_written_closed_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, "first")
    write_private(path, "second")
    assert path.read_text() == "second"
    assert _mode(path) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_an_account_can_run_what_exists_and_not_what_does_not(tmp_path: Path) -> None:
    account = account_for(())
    assert account.can_run(["/bin/true"])
    assert not account.can_run([str(tmp_path / "absent")])
