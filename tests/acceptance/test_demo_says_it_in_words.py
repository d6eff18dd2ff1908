"""What cannot work is said in words, with an exit status that tells, and never with a traceback."""

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nykter.demo.world import TENANT
from nykter.runtime.folder_lock import FolderLock
from nykter.runtime.ports import LOOPBACK, free_port
from tests.support.demo_process import DemoProcess, wait_until_gone
from tests.support.processes import mentioning
from tests.support.servers import reachable_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")


@pytest.fixture
def folder() -> Iterator[Path]:
    with reachable_folder() as path:
        yield path


def test_a_port_in_use(folder: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        said = _refusal(DemoProcess(folder / "data", port=port), 1)
    assert f"Port {port}" in said
    assert "PORT=" in said
    assert not (folder / "data" / "postgres").exists()


def test_a_folder_in_which_another_demo_runs(folder: Path) -> None:
    first = DemoProcess(folder / "data", clients=1, days=0).start()
    try:
        first.wait_for_words("Starting the database")
        said = _refusal(DemoProcess(folder / "data", clients=1, days=0), 1, alone=False)
        assert "already runs" in said
        assert "DATA" in said
        assert first.is_running
    finally:
        started = first.started
        assert first.stop() == 0, first.output
    wait_until_gone(started, 2)


def test_a_lock_left_by_a_dead_demo_means_nothing(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    (data / "lock").write_text("999999\n", encoding="ascii")
    with FolderLock(data, "A demo") as lock:
        assert lock.path.read_text(encoding="ascii") == f"{os.getpid()}\n"


def test_a_data_folder_that_is_a_file(folder: Path) -> None:
    (folder / "file").write_text("something else", encoding="ascii")
    said = _refusal(DemoProcess(folder / "file"), 1)
    assert "DATA=" in said
    assert (folder / "file").read_text(encoding="ascii") == "something else"


@needs_root
def test_a_data_folder_on_a_disk_that_cannot_be_written(folder: Path) -> None:
    with _disk(folder / "disk", "size=500m,ro,mode=755") as disk:
        for data in (disk, disk / "data"):
            said = _refusal(DemoProcess(data, port=free_port(), said_in=folder), 1)
            assert "DATA" in said
            assert "ead-only" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; see the read-only disk")
def test_a_data_folder_that_may_not_be_written(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o500)
    said = _refusal(DemoProcess(folder / "closed", said_in=folder), 1)
    assert "Permission denied" in said
    assert "another DATA folder" in said


@needs_root
def test_a_disk_that_is_nearly_full(folder: Path) -> None:
    with _disk(folder / "disk", "size=100m,mode=755") as disk:
        said = _refusal(DemoProcess(disk / "data", said_in=folder), 1)
    assert "MB are free" in said
    assert "DATA=" in said


@needs_root
def test_a_disk_that_fills_up_during_the_first_start(folder: Path) -> None:
    with _disk(folder / "disk", "size=500m,mode=755") as disk:
        demo = DemoProcess(disk / "data", clients=3, days=30, said_in=folder).start()
        demo.wait_for_words("Making 3 clients")
        _fill(disk)
        assert demo.wait(120) == 1, demo.output
        assert "Traceback" not in demo.output
        assert "disk is full" in demo.output
        assert not mentioning(str(disk / "data"))


def test_other_numbers_than_the_folder_holds(folder: Path) -> None:
    demo = DemoProcess(folder / "data", clients=1, days=0).start()
    demo.wait_for_words("Sending")
    assert demo.stop() == 0, demo.output
    said = _refusal(DemoProcess(folder / "data", clients=2, days=0), 2)
    assert "holds 1 clients with 0 days" in said
    assert "DATA=" in said


@pytest.mark.parametrize("clients", [0, 501])
def test_numbers_that_make_no_sense(folder: Path, clients: int) -> None:
    said = _refusal(DemoProcess(folder / "data", clients=clients), 2)
    assert "CLIENTS is a number from 1" in said


def test_a_database_of_ones_own_that_does_not_answer(folder: Path) -> None:
    url = f"postgresql://nobody:hidden-password@{LOOPBACK}:{free_port()}/nykter"
    said = _refusal(DemoProcess(folder / "data", clients=1, days=0, NYKTER_DATABASE_URL=url), 1)
    assert "database" in said.lower()
    assert "hidden-password" not in said


def test_a_broker_of_ones_own_that_does_not_answer(folder: Path) -> None:
    url = f"mqtt://someone:hidden-password@{LOOPBACK}:{free_port()}"
    said = _refusal(DemoProcess(folder / "data", clients=1, days=0, NYKTER_MQTT_URL=url), 1)
    assert "broker" in said.lower()
    assert "hidden-password" not in said


@pytest.mark.parametrize("moment", ["Starting the database", "Making", "Working out", "Nykter runs"])
def test_a_first_start_that_was_cut_off_goes_on_or_says_what_to_do(
    folder: Path, moment: str, dice: random.Random
) -> None:
    data = folder / "data"
    demo = DemoProcess(data, clients=2, days=2).start()
    demo.wait_for_words(moment)
    time.sleep(dice.random() * 0.8)
    demo.kill()
    wait_until_gone(mentioning(str(data)))
    demo.start()
    demo.wait_for(lambda: not demo.is_running or "Ctrl-C stops everything" in demo.output, 90)
    if not demo.is_running:
        assert demo.wait() == 1
        assert "Traceback" not in demo.output
        assert "Remove that folder" in demo.output
        assert moment == "Making", "nothing but half-made people is a reason to give up"
        shutil.rmtree(data)
        demo.start().wait_for_words("Ctrl-C stops everything", 90)
    with demo.database() as conn:
        assert conn.execute("SELECT count(*) FROM client WHERE tenant_id = %s", (TENANT,)).fetchone() == (2,)
        assert conn.execute("SELECT count(*) FROM dead_letter").fetchone() == (0,)
    assert demo.stop() == 0, demo.output


def _refusal(demo: DemoProcess, status: int, *, alone: bool = True) -> str:
    """What it says before it ends with this status, leaving nothing running (when nobody else uses the folder)."""
    assert demo.run(90) == status, demo.output
    assert "Traceback" not in demo.output
    assert demo.output.count("nykter demo: ") == 1
    assert not (alone and mentioning(str(demo.data)))
    return demo.output


@contextmanager
def _disk(path: Path, options: str) -> Iterator[Path]:
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"this root may not mount: {mounted.stderr.decode().strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def _fill(disk: Path) -> None:
    """Take every free block."""
    with (disk / "ballast").open("wb") as file:
        try:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
        except OSError:
            return
