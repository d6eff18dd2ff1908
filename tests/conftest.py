"""Fixtures every test may use: real databases, real brokers, a real browser, and a shell that leaks nothing in.

`database`            URL of a fresh migrated database; the test runs on PostgreSQL and on a real TimescaleDB
`postgres_database`   the same, on plain PostgreSQL only        `timescale_database`   on TimescaleDB only
`empty_database`      URL of a database nothing was done to, on both
`broker`              a running broker; the test runs on Mosquitto and on amqtt (`nykter.runtime.broker.Broker`)
`mosquitto`           a running Mosquitto only
`page`                a page of a real Chromium that may ask no host but ours

Options: `--database postgres|timescale` runs `database` tests on one of them.
"""

import os
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page

from backend.services import passwords
from nykter.errors import NykterError
from nykter.runtime.broker import Broker, mosquitto_program
from nykter.runtime.brokers import ExternalBroker, make_broker
from nykter.runtime.timescale import build_tree, why_unavailable
from tests.support.browser import chromium_program, launched_chromium, own_page
from tests.support.servers import (
    TestDatabases,
    memory_folder,
    missing,
    plain_databases,
    reachable_folder,
    refuse_unless_test_database,
    timescale_databases,
)

_DATABASES = ("postgres", "timescale")
_TIMESCALE_FIXTURES = {"timescale_database", "timescale_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=_DATABASES, help="run tests with a `database` on this one only")


def pytest_configure(config: pytest.Config) -> None:
    """Nothing of the developer's own set-up may reach a test, and no database but a test database be touched."""
    for name in list(os.environ):
        if name.startswith("NYKTER_"):
            del os.environ[name]
    if url := os.environ.get("TEST_DATABASE_URL"):
        refuse_unless_test_database(url)
    # Where `tmp_path` is: a test of fsync asks that it is called, not how long a busy disk takes.
    if folder := memory_folder():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))
    # Numeric libraries start a thread per core, which makes small fits slower and results depend on the machine.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = metafunc.config.getoption("--database")
    kinds = (chosen,) if chosen else _DATABASES
    for name in ("database", "empty_database"):
        if name in metafunc.fixturenames:
            marked = [
                pytest.param(kind, marks=[pytest.mark.timescale] if kind == "timescale" else [])
                for kind in kinds
            ]
            metafunc.parametrize(name, marked, indirect=True)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the TimescaleDB tree before the first test, whose time limit it would not fit into."""
    wanted = any(
        item.get_closest_marker("timescale") or _TIMESCALE_FIXTURES & set(getattr(item, "fixturenames", ()))
        for item in session.items
    )
    if wanted and not session.config.option.collectonly and why_unavailable() is None:
        try:
            build_tree()
        except NykterError as error:
            if os.environ.get("CI") == "true":
                raise
            os.environ["TEST_WITHOUT_TIMESCALE"] = str(error)


@pytest.fixture(scope="session", autouse=True)
def cheap_password_hashes() -> Iterator[None]:
    """Hashing a password costs a quarter of a second on purpose; in this process it costs nothing. Others keep it."""
    real = passwords._HASHER
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords._HASHER = real


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[TestDatabases]:
    """Plain PostgreSQL: TEST_DATABASE_URL, or an embedded one."""
    with plain_databases() as databases:
        yield databases


@pytest.fixture(scope="session")
def timescale_server() -> Iterator[TestDatabases]:
    """A real TimescaleDB, or a skip that says why not (a failure in CI as root)."""
    if reason := why_unavailable() or os.environ.get("TEST_WITHOUT_TIMESCALE"):
        missing(reason)
    with timescale_databases() as databases:
        yield databases


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a fresh migrated database, on PostgreSQL and again on TimescaleDB."""
    server: TestDatabases = request.getfixturevalue(f"{request.param}_server")
    with server.fresh() as url:
        yield url


@pytest.fixture
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a database without migrations, on PostgreSQL and again on TimescaleDB."""
    server: TestDatabases = request.getfixturevalue(f"{request.param}_server")
    with server.empty() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_server: TestDatabases) -> Iterator[str]:
    """URL of a fresh migrated database on plain PostgreSQL."""
    with postgres_server.fresh() as url:
        yield url


@pytest.fixture
def timescale_database(timescale_server: TestDatabases) -> Iterator[str]:
    """URL of a fresh migrated database on TimescaleDB."""
    with timescale_server.fresh() as url:
        yield url


@pytest.fixture(params=["mosquitto", "amqtt"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A running broker of each kind; TEST_MQTT_URL puts an external one in Mosquitto's place."""
    kind: str = request.param
    if kind == "mosquitto" and (url := os.environ.get("TEST_MQTT_URL")):
        yield ExternalBroker(url)
        return
    yield from _running_broker(kind)


@pytest.fixture
def mosquitto() -> Iterator[Broker]:
    """A running Mosquitto."""
    yield from _running_broker("mosquitto")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium. One per module: while it lives, asynchronous tests cannot run beside it."""
    if chromium_program() is None:
        missing("Chromium is not installed")
    with launched_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page with cookies of its own that may ask no host but ours."""
    with own_page(chromium) as opened:
        yield opened


def _running_broker(kind: str) -> Iterator[Broker]:
    if kind == "mosquitto" and mosquitto_program() is None:
        missing("mosquitto is not installed")
    with reachable_folder() as folder:
        started = make_broker(folder / "broker", kind=kind)
        started.start()
        try:
            yield started
        finally:
            started.stop()
