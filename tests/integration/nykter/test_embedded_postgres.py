"""The embedded database: starts from nothing, survives crashes, and says in words what is wrong."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nykter.errors import NykterError
from nykter.runtime import postgres_folder
from nykter.runtime.ports import wait_until
from nykter.runtime.postgres import EmbeddedPostgres
from tests.support.servers import reachable_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder the server's account can reach, also when that is another account than ours."""
    with reachable_folder() as parent:
        yield parent / "postgres"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    started = EmbeddedPostgres(folder, database="nykter_test")
    started.start()
    yield started
    started.stop()


def _one(url: str, query: bytes) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def test_what_was_committed_is_there_after_a_stop_and_after_a_crash(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    server.stop()
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    server.kill()
    assert not server.is_running()
    assert _one(server.start(), b"SELECT sum(number) FROM kept") == 3


def test_it_listens_on_no_network_port_and_its_folders_are_closed(server: EmbeddedPostgres) -> None:
    assert _one(server.url(), b"SHOW listen_addresses") == ""
    assert _one(server.url(), b"SHOW data_checksums") == "on"
    run_folder = Path(str(_one(server.url(), b"SHOW unix_socket_directories")))
    for private in (server.folder, run_folder):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    with pytest.raises(NykterError, match="does not listen on TCP"):
        server.tcp_url()


def test_over_tcp_it_wants_the_generated_password(folder: Path) -> None:
    server = EmbeddedPostgres(folder, database="nykter_test", tcp=True)
    try:
        server.start()
        assert _one(server.tcp_url(), b"SELECT 1") == 1
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.tcp_url(), password="guessed")
    finally:
        server.stop()


def test_a_second_starter_is_refused_while_the_first_one_runs(server: EmbeddedPostgres) -> None:
    with pytest.raises(NykterError, match="already runs"):
        EmbeddedPostgres(server.folder).start()
    assert _one(server.url(), b"SELECT 1") == 1


def test_a_start_killed_while_making_the_folder_is_made_good_by_the_next(folder: Path) -> None:
    half_made = folder / "cluster.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(folder, database="nykter_test")
    try:
        assert _one(server.start(), b"SELECT 1") == 1
        assert not half_made.exists()
    finally:
        server.stop()


def test_a_damaged_folder_is_said_in_words_and_left_as_it_is(server: EmbeddedPostgres) -> None:
    server.stop()
    control = server.folder / "cluster" / "global" / "pg_control"
    if not control.exists():
        pytest.fail(f"{control} is not where it was expected")
    control.write_bytes(b"\0" * 8192)
    with pytest.raises(NykterError, match=r"The database did not start\. The database (folder|files)"):
        server.start()
    assert control.read_bytes() == b"\0" * 8192


def test_a_folder_without_its_version_is_not_taken_for_a_database(server: EmbeddedPostgres) -> None:
    server.stop()
    (server.folder / "cluster" / "PG_VERSION").unlink()
    with pytest.raises(NykterError, match="not a whole database"):
        server.start()


def test_a_folder_of_a_version_we_do_not_have_is_said_in_words(server: EmbeddedPostgres) -> None:
    server.stop()
    (server.folder / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(NykterError, match="made by PostgreSQL 9"):
        server.start()


def test_a_full_disk_is_said_before_anything_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=10 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(NykterError, match="Only 10 MB are free"):
        EmbeddedPostgres(folder).start()
    assert not (folder / "cluster").exists()


def test_a_disk_that_fills_while_it_starts_is_explained() -> None:
    log = 'FATAL:  could not write lock file "postmaster.pid": No space left on device\n'
    assert postgres_folder.explain_failure(log).startswith("The disk is full")


def test_a_path_too_long_for_a_socket_works_all_the_same(folder: Path) -> None:
    deep = folder.parent / ("deep-" * 20) / "postgres"
    deep.parent.mkdir(mode=0o755)
    server = EmbeddedPostgres(deep, database="nykter_test")
    try:
        assert _one(server.start(), b"SELECT 1") == 1
        run_folder = Path(str(_one(server.url(), b"SHOW unix_socket_directories")))
        assert not run_folder.is_relative_to(deep)
    finally:
        server.stop()
    assert not run_folder.exists()


def test_a_folder_below_a_closed_one_works_and_the_closed_one_stays_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    server = EmbeddedPostgres(tmp_path / "data" / "postgres", database="nykter_test")
    home: Path | None = None
    try:
        assert _one(server.start(), b"SELECT 1") == 1
        home = server.log_path.parent
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
    finally:
        server.stop()
        if home is not None and home.parent == Path("/var/lib/nykter"):
            shutil.rmtree(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run under another account")
def test_a_removed_folder_takes_the_data_kept_elsewhere_for_it_along(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    server = EmbeddedPostgres(tmp_path / "postgres", database="nykter_test")
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept ()")
    home = server.log_path.parent
    try:
        server.stop()
        assert _one(server.start(), b"SELECT to_regclass('kept')::text") == "kept"
        server.stop()
        shutil.rmtree(server.folder)
        again = EmbeddedPostgres(tmp_path / "postgres", database="nykter_test")
        assert _one(again.start(), b"SELECT to_regclass('kept')::text") is None
        again.stop()
    finally:
        server.stop()
        shutil.rmtree(home)


_START_AND_WAIT = """
import sys, time
from pathlib import Path
from nykter.runtime.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), database="nykter_test")
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's death"
)
def test_nothing_is_left_running_when_its_parent_is_killed(folder: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _START_AND_WAIT, str(folder)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        postmaster = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not Path(f"/proc/{postmaster}").exists(), 10.0)
    server = EmbeddedPostgres(folder, database="nykter_test")
    try:
        assert _one(server.start(), b"SELECT 1") == 1
    finally:
        server.stop()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_stale_pid_file_naming_an_unrelated_process_does_not_stop_the_start(
    server: EmbeddedPostgres,
) -> None:
    server.kill()
    pid_file = server.folder / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert _one(server.start(), b"SELECT 1") == 1


def test_its_log_names_no_row(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('Maria Lind')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES (%s)", ["Maria Lind"])
    assert "Lind" not in server.log_path.read_text()
