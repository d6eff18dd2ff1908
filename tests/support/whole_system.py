"""Everything but the database as processes under a supervisor, with months of readings on their way to it.

What was sent is known independently of what sends it: the simulated homes are lived through a second time, and the
gateway's outbox file is read with plain SQL before the gateway is started.
"""

import sqlite3
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import httpx
import psycopg

from backend.store.pool import Database
from contracts.base import Message
from contracts.topics import Kind
from device_gateway.outbox import Outbox
from device_gateway.signing import Signer
from nykter.clock import SharedClock, set_clock
from nykter.demo import world
from nykter.demo.folder import DemoFolder
from nykter.demo.options import DemoOptions
from nykter.demo.processes import Surroundings
from nykter.runtime.broker import Broker
from nykter.runtime.ports import LOOPBACK, free_port
from nykter.runtime.supervisor import Service, Supervisor
from simulators.fleet import Fleet
from simulators.home import Home
from tests.support.servers import reachable_folder

Key = tuple[str, str, int]

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""When these tests play."""
_CLIENTS, _DAYS = 7, 150
_RESEND_EVERY_S = 0.5
_NO_BLUETOOTH = "unix:path=/nonexistent"
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading them for plain HTTP costs 60 ms a time


class Killable(Service, Protocol):
    """A service that can be ended as a crash would."""

    def kill(self) -> None:
        """SIGKILL."""


@dataclass
class WholeSystem:
    """The running system. `sent` holds the digest of every reading's bytes by (device, boot, sequence)."""

    folder: DemoFolder
    looking: psycopg.Connection[Any]
    supervisor: Supervisor
    fleet: Fleet
    web_url: str
    gateway_url: str
    gateway_device: str
    services: dict[str, Killable]
    sent: dict[Key, bytes] = field(default_factory=dict)

    @property
    def outbox(self) -> Path:
        """The gateway's outbox file."""
        return Path(self.folder.gateway / "outbox.sqlite")

    @property
    def sent_by_gateway(self) -> list[Key]:
        """Keys of the readings that were put into the gateway's outbox."""
        return [key for key in self.sent if key[0] == self.gateway_device]

    def restarts(self, name: str) -> int:
        """How often it was started again."""
        return self.supervisor.restarts(self.services[name].name)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> None:
        """Keep everything running, and sending what has waited long, until `condition` holds."""
        began = resent = time.monotonic()
        while not condition():
            now = time.monotonic()
            assert now < began + timeout_s, self.situation()
            self.supervisor.poll()
            if now > resent + _RESEND_EVERY_S:
                resent = now
                for station in self.fleet.stations:
                    station.resend()
            time.sleep(0.01)

    def stop(self) -> None:
        """End every process in an orderly way."""
        self.supervisor.stop_all()

    def everybody_is_well(self) -> bool:
        """Every process runs, and GET /readyz says so too."""
        try:
            ready = (
                httpx.get(f"{self.web_url}/readyz", timeout=5, verify=_NO_AUTHORITIES).status_code
                == httpx.codes.OK
            )
        except httpx.HTTPError:
            return False
        return ready and all(service.is_running() for service in self.services.values())

    def stored(self, device: str | None = None) -> int:
        """Readings in the database, of one device or of all."""
        query = "SELECT count(*) FROM reading WHERE %(device)s::text IS NULL OR device_id = %(device)s"
        return int(self.looking.execute(query, {"device": device}).fetchall()[0][0])

    def unassessed(self) -> int:
        """Readings nobody has judged yet."""
        query = "SELECT count(*) FROM reading LEFT JOIN test_result USING (device_id, boot_id, sequence)"
        return int(self._rows(f"{query} WHERE state IS NULL")[0][0])

    def readings_in_database(self) -> list[tuple[Key, bytes]]:
        """Keys and digests of what is stored, as it is."""
        rows = self._rows("SELECT device_id, boot_id, sequence, body FROM reading")
        return [((device, boot, sequence), sha256(body).digest()) for device, boot, sequence, body in rows]

    def dead_letters(self) -> list[tuple[Any, ...]]:
        return self._rows("SELECT reason, detail, times FROM dead_letter")

    def gateway_waiting(self) -> int:
        """How many messages the gateway says it still holds; -1 when it does not answer."""
        try:
            answer = httpx.get(f"{self.gateway_url}/api/state", timeout=5, verify=_NO_AUTHORITIES)
            return int(answer.json()["waiting"])
        except (httpx.HTTPError, ValueError):
            return -1

    def outbox_rows(self) -> tuple[int, int]:
        """Messages waiting and refused in the gateway's file, read after its end."""
        with closing(sqlite3.connect(self.outbox)) as file:
            counts = [
                int(file.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
                for table in ("message", "refused")
            ]
        return counts[0], counts[1]

    def situation(self) -> str:
        """For a failed test."""
        logs = sorted(self.folder.logs.glob("*.log"))
        if broker_log := getattr(self.services["broker"], "log_path", None):
            logs.append(broker_log)
        said = "\n".join(f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-1500:]}" for log in logs)
        running = {name: service.is_running() for name, service in self.services.items()}
        return (
            f"{self.stored()} of {len(self.sent)} stored, {self.fleet.waiting} wait in the fleet, "
            f"{self.gateway_waiting()} in the gateway, {self.unassessed()} unassessed; running: {running}\n{said}"
        )

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.looking.execute(query.encode()).fetchall()


@contextmanager
def running_system(database: str, broker: Broker) -> Iterator[WholeSystem]:
    """Enrol clients in a fresh database, fill every outbox, start everything, and have it all on its way at once.

    Inside, SIGINT is the supervisor's: it ends the block as StopRequested.
    """
    with (
        reachable_folder() as path,
        psycopg.connect(database, autocommit=True) as looking,
        Supervisor(print) as supervisor,
    ):
        folder = DemoFolder(path)
        set_clock(folder.clock, NOW, 1)
        record = world.new_record(DemoOptions(clients=_CLIENTS, days=_DAYS), NOW)
        people = world.residents(record)
        with Database(database, keys=folder.data_keys()) as db:
            world.settle_in(db, folder, people, record)
        at_gateway = world.presented(people)
        others = [one for one in people if one is not at_gateway]
        key = folder.signing_key(folder.receipt_key).verify_key
        surroundings = Surroundings(folder, database, broker)
        web_port, gateway_port = free_port(), free_port()
        system = WholeSystem(
            folder=folder,
            looking=looking,
            supervisor=supervisor,
            fleet=world.fleet_of(others, folder, broker, key, record),
            web_url=f"http://{LOOPBACK}:{web_port}",
            gateway_url=f"http://{LOOPBACK}:{gateway_port}",
            gateway_device=at_gateway.device_id,
            services={
                "broker": broker,
                "ingest": surroundings.ingest(),
                "worker": surroundings.worker(),
                "web": surroundings.web(web_port, None),
                "gateway": surroundings.gateway(at_gateway, gateway_port, _NO_BLUETOOTH, key),
            },
        )
        # The same people living the same lives once more; these homes are only listened to.
        for twin in world.fleet_of(others, folder, broker, key, record).stations:
            system.sent |= _readings_of(twin.home)
        system.sent |= _fill_outbox(system.outbox, folder, at_gateway, record.seed)
        for service in system.services.values():
            supervisor.add(service)
        system.fleet.start()
        try:
            system.fleet.send_due(NOW, leave_out=lambda _, message: message.kind is Kind.STATUS)
            yield system
        finally:
            system.fleet.stop()


def _readings_of(home: Home) -> dict[Key, bytes]:
    """What the home will send, from living its life here."""
    return {
        (home.device_id, home.boot_id, message.sequence): sha256(message.build().canonical_bytes()).digest()
        for message in home.due(NOW)
        if message.kind is Kind.READING
    }


def _fill_outbox(path: Path, folder: DemoFolder, resident: world.Resident, seed: int) -> dict[Key, bytes]:
    """Write a home's readings into a real outbox, and read with plain SQL what then stands in it."""
    key = Signer.of(folder.home_key(resident.device_id))
    outbox = Outbox(path, key, SharedClock(folder.clock))
    for message in Home(resident.device_id, resident.person, seed).due(NOW):
        if message.kind is Kind.READING:
            made = message.build()
            outbox.write(message.kind, partial(_renumbered, made))
    outbox.close()
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute("SELECT boot_id, sequence, body_sha256 FROM message").fetchall()
    return {(resident.device_id, boot, sequence): bytes.fromhex(digest) for boot, sequence, digest in rows}


def _renumbered(message: Message, boot_id: str, sequence: int) -> Message:
    return message.model_copy(update={"boot_id": boot_id, "sequence": sequence})
