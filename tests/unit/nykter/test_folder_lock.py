"""Two demos cannot use one folder; one that was killed does not keep the next one out."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nykter.errors import NykterError
from nykter.runtime.folder_lock import FolderLock

_HOLD = """
import sys, time
from pathlib import Path
from nykter.runtime.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]), "The demo")
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_holder_is_refused_with_the_first_ones_process_number(tmp_path: Path) -> None:
    with (
        FolderLock(tmp_path, "The demo"),
        pytest.raises(NykterError, match=rf"The demo already runs in .* \(process {os.getpid()}\)"),
    ):
        FolderLock(tmp_path, "The demo").acquire()


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, "The demo")
    lock.acquire()
    lock.release()
    with FolderLock(tmp_path, "The demo"):
        assert lock.path.read_text() == f"{os.getpid()}\n"


def test_the_lock_of_a_killed_process_is_free_although_its_file_remains(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(NykterError, match=f"process {holder.pid}"):
            FolderLock(tmp_path, "The demo").acquire()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (tmp_path / "lock").exists()
    with FolderLock(tmp_path, "The demo"):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_link_in_the_locks_place_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / "lock").symlink_to(victim)
    with pytest.raises(NykterError, match="cannot be written"):
        FolderLock(tmp_path, "The demo").acquire()
    assert victim.read_text() == "kept"


def test_a_folder_nobody_may_write_in_is_said_in_words() -> None:
    with pytest.raises(NykterError, match="cannot be written"):
        FolderLock(Path("/proc"), "The demo").acquire()
