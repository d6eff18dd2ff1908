"""`nykter demo` under an account without any rights of its own, in a folder of that account."""

import os
import pwd
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from nykter.demo.world import TENANT
from nykter.runtime.account import ServerAccount
from tests.support.demo_process import DemoProcess, wait_until_gone
from tests.support.processes import mentioning
from tests.support.servers import reachable_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.skipif(os.geteuid() != 0, reason="every other test here already runs as an ordinary user"),
]

_PACKAGES = Path(sysconfig.get_path("purelib"))
_CODE = Path(__file__).resolve().parents[2]


@pytest.fixture
def account() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


@pytest.fixture
def home(account: pwd.struct_passwd) -> Iterator[Path]:
    with reachable_folder() as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        os.chown(home, account.pw_uid, account.pw_gid)
        yield home


@pytest.fixture
def python(account: pwd.struct_passwd, home: Path) -> str:
    """An interpreter that account can run: ours, or a copy of it where ours lies in root's private home."""
    visitor = ServerAccount(account.pw_name, account.pw_uid, account.pw_gid)
    for needed in (_PACKAGES, _CODE):
        if not visitor.can_enter(needed):
            pytest.skip(f"the account {account.pw_name} cannot reach {needed}")
    if visitor.can_run([sys.executable, "-c", "import nacl"]):
        return sys.executable
    copy = home.parent / "python"
    left_out = shutil.ignore_patterns("test", "site-packages", "*.a", "share")
    shutil.copytree(sys.base_prefix, copy, symlinks=True, ignore=left_out)
    program = str(copy / "bin" / Path(os.path.realpath(sys.executable)).name)
    if not visitor.can_run(["env", f"LD_LIBRARY_PATH={copy / 'lib'}", program, "-c", "import sqlite3, ssl"]):
        pytest.skip(f"no interpreter the account {account.pw_name} can run")
    return program


def test_an_ordinary_user_starts_it_and_ends_it(account: pwd.struct_passwd, home: Path, python: str) -> None:
    search_path = f"{_CODE}{os.pathsep}{_PACKAGES}"
    demo = DemoProcess(
        home / "data",
        clients=2,
        days=2,
        account=account,
        python=python,
        said_in=home,
        PYTHONPATH=search_path,
        PYTHONDONTWRITEBYTECODE="1",
        LD_LIBRARY_PATH=str(Path(python).parents[1] / "lib"),
    )
    demo.start()
    try:
        demo.wait_until_ready(60)
        demo.wait_for_words("Ctrl-C stops everything")
        with demo.sign_in("clinician") as http:
            assert http.get("/").status_code == 200
        with demo.database() as conn:
            assert conn.execute("SELECT count(*) FROM client WHERE tenant_id = %s", (TENANT,)).fetchone() == (
                2,
            )
        started = demo.started
        assert len(started) >= 7, started
        owners = set()
        for one in started:
            with suppress(FileNotFoundError):  # a job's connection to the database may have ended since
                owners.add(Path(f"/proc/{one.pid}").stat().st_uid)
        assert owners == {account.pw_uid}
        files = [path for path in (home / "data").rglob("*") if not path.is_symlink()]
        assert {path.lstat().st_uid for path in files} == {account.pw_uid}
        assert demo.stop() == 0, demo.output
        wait_until_gone(started, 2)
        assert not mentioning(str(home / "data"))
        assert "Traceback" not in demo.output
    finally:
        demo.kill()
