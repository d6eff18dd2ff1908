"""Soak: simulated gateways at a whole platform whose every process is killed at random, and a count at the end.

    python -m tests.soak.run --gateways 200 --seconds 600 [--seed N]

Two ingests, two workers, a web process, Mosquitto and PostgreSQL run under the supervisor; the gateways run in
processes of their own (tests/soak/gateways.py) and keep the account the audit (tests/soak/audit.py) goes by.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import psycopg
from nacl.signing import SigningKey

from backend.access.principal import SYSTEM
from backend.services import enrolment
from backend.store.migrate import migrate
from backend.store.pool import Database
from nykter.clock import CLOCK_FILE_VARIABLE, SharedClock, jump, set_clock
from nykter.errors import NykterError
from nykter.runtime.broker import Broker, login_url
from nykter.runtime.brokers import make_broker
from nykter.runtime.child import ChildProcess, nykter_command
from nykter.runtime.ports import free_port
from nykter.runtime.postgres import EmbeddedPostgres
from nykter.runtime.supervisor import Service, Supervisor
from tests.soak.audit import audit_messages, audit_windows, read_logs
from tests.soak.volume import Volume, small_volume
from tests.support.ingest_process import RECEIPT_SEED
from tests.support.servers import reachable_folder

TENANT = "soakkommun"
BEGAN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SPEED = 60.0
"""An hour, and with it one planned test per client, passes in a minute; a short run's clock runs faster still."""
_LEAST_HOURS = 3
PER_PROCESS = 50
_VOLUME_MB = 1400
_FULL_S = 6.0
_SETTLE_S = 240.0


class Killable(Service, Protocol):
    """A service that can be ended as a crash would."""

    def kill(self) -> None:
        """SIGKILL."""


@dataclass
class Soak:
    """One run."""

    gateways: int
    seconds: float
    seed: int
    pause_s: tuple[float, float] = (2.0, 8.0)
    """Between two kills, at least and at most."""
    say: Callable[[str], None] = print
    kills: Counter[str] = field(default_factory=Counter)

    def run(self) -> list[str]:
        """What the audit found wrong; empty is good."""
        self.dice = random.Random(self.seed)
        self.say(f"soak: seed {self.seed}, {self.gateways} gateways, {self.seconds:.0f} s")
        with (
            reachable_folder() as folder,
            small_volume(folder / "volume", _VOLUME_MB) as volume,
            Supervisor(lambda _text: None) as supervisor,
        ):
            return self._run(folder, volume, supervisor)

    def _run(self, folder: Path, volume: Volume, supervisor: Supervisor) -> list[str]:
        self.clock = folder / "clock.json"
        set_clock(self.clock, BEGAN, max(SPEED, _LEAST_HOURS * 3600 / self.seconds))
        server = EmbeddedPostgres(volume.path / "postgres", settings={"max_wal_size": "192MB"})
        supervisor.add(server)
        database = server.url()
        migrate(database)
        broker = make_broker(folder / "broker", kind="mosquitto")
        configs = self._settle_in(database, folder, broker)
        supervisor.add(broker)
        self._write_port(configs, broker)
        children = list(self._processes(database, folder, broker, configs))
        for child in children:
            supervisor.add(child)
        victims: dict[str, Killable] = {"postgres": server, "broker": broker}
        victims |= {child.name: child for child in children}
        self._torment(supervisor, volume, victims)
        ended = SharedClock(self.clock).now()
        (folder / "quiet").touch()
        if not self._settled(supervisor, database, folder, ended):
            self.say(_situation(folder, victims))
            return ["not everything was settled in time", *self._audit(database, folder, ended)]
        return self._audit(database, folder, ended)

    def _settle_in(self, database: str, folder: Path, broker: Broker) -> list[Path]:
        enrolled = []
        with Database(database) as db:
            enrolment.create_tenant(db, SYSTEM, TENANT, "Soak", "municipality", now=BEGAN)
            unit = enrolment.create_unit(db, SYSTEM, TENANT, "Enhet")
            for number in range(self.gateways):
                device = f"gw-soak-{number:04d}"
                seed = sha256(device.encode()).digest()
                client = enrolment.create_client(
                    db, SYSTEM, unit, alias=f"S-{number:04d}", timezone="Europe/Stockholm",
                    started_on=date(2026, 3, 2), now=BEGAN,
                )  # fmt: skip
                public = bytes(SigningKey(seed).verify_key)
                enrolment.enrol_gateway(db, SYSTEM, device, client, public, now=BEGAN)
                enrolment.set_plan(db, SYSTEM, client, _EVERY_HOUR, reason="Soak", now=BEGAN)
                login = broker.add_gateway(TENANT, device)
                enrolled.append(
                    {"device": device, "tenant": TENANT, "seed": seed.hex(), "username": login.username,
                     "password": login.password}
                )  # fmt: skip
        (folder / "sent").mkdir()
        configs = []
        for start in range(0, len(enrolled), PER_PROCESS):
            path = folder / f"gateways-{start // PER_PROCESS + 1}.json"
            content = {
                "gateways": enrolled[start : start + PER_PROCESS], "folder": str(folder / "sent"),
                "clock": str(self.clock), "quiet": str(folder / "quiet"), "seed": self.seed, "rate": 0.3,
                "backend_key": bytes(SigningKey(RECEIPT_SEED).verify_key).hex(),
            }  # fmt: skip
            path.write_text(json.dumps(content), encoding="utf-8")
            configs.append(path)
        return configs

    def _write_port(self, configs: list[Path], broker: Broker) -> None:
        for path in configs:
            content = json.loads(path.read_text(encoding="utf-8"))
            content["port"] = int(broker.url.rsplit(":", 1)[1])
            path.write_text(json.dumps(content), encoding="utf-8")

    def _processes(
        self, database: str, folder: Path, broker: Broker, configs: list[Path]
    ) -> Iterator[ChildProcess]:
        shared = {"NYKTER_DATABASE_URL": database, CLOCK_FILE_VARIABLE: str(self.clock)}
        mqtt = {
            "NYKTER_MQTT_URL": login_url(broker, broker.backend),
            "NYKTER_RECEIPT_KEY": RECEIPT_SEED.hex(),
        }

        def child(name: str, command: list[str], **more: str) -> ChildProcess:
            log = folder / "logs" / f"{name}.log"
            return ChildProcess(name, command, log=log, environment={**shared, **more})

        for name in ("ingest", "ingest-2"):
            yield child(name, nykter_command("ingest"), NYKTER_INGEST_NAME=name, **mqtt)
        for name in ("worker", "worker-2"):
            yield child(name, nykter_command("worker", "--name", name))
        port = str(free_port())
        yield child("web", nykter_command("serve"), NYKTER_PORT=port, NYKTER_COOKIE_SECURE="false")
        for config in configs:
            yield child(config.stem, [sys.executable, "-m", "tests.soak.gateways", str(config)])

    def _torment(self, supervisor: Supervisor, volume: Volume, victims: dict[str, Killable]) -> None:
        began = time.monotonic()
        full_at = [began + self.seconds * part for part in (0.35, 0.7)] if volume.can_fill else []
        if not volume.can_fill:
            self.say("soak: no volume can be mounted here; a full disk is left out")
        elif self.seconds < 60:
            full_at = full_at[:1]
        next_kill, empty_at = began + self.dice.uniform(*self.pause_s), 0.0
        while (now := time.monotonic()) < began + self.seconds:
            supervisor.poll()
            if full_at and now > full_at[0]:
                full_at.pop(0)
                volume.fill()
                self.kills["disk full"] += 1
                self.say(f"soak: {now - began:5.1f} s the database's disk is full")
                empty_at = now + _FULL_S
            if empty_at and now > empty_at:
                volume.empty()
                empty_at = 0.0
            if now > next_kill:
                next_kill = now + self.dice.uniform(*self.pause_s)
                running = sorted(name for name, one in victims.items() if one.is_running())
                victim = self.dice.choice(running or ["postgres"])
                victims[victim].kill()
                self.kills[victim] += 1
                self.say(f"soak: {now - began:5.1f} s kill -9 {victim}")
            time.sleep(0.02)
        volume.empty()

    def _settled(self, supervisor: Supervisor, database: str, folder: Path, ended: datetime) -> bool:
        """Everything answered, then every window's time and grace over, and nobody left to assess."""
        if not self._wait(supervisor, lambda: read_logs(folder / "sent").unanswered == 0):
            return False
        jump(self.clock, timedelta(hours=4))
        return self._wait(supervisor, lambda: _nothing_left(database, ended))

    def _wait(self, supervisor: Supervisor, condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + _SETTLE_S
        while time.monotonic() < deadline:
            supervisor.poll()
            try:
                if condition():
                    return True
            except psycopg.OperationalError:
                continue
            finally:
                time.sleep(0.5)
        return False

    def _audit(self, database: str, folder: Path, ended: datetime) -> list[str]:
        sent = read_logs(folder / "sent")
        windows, wrong = audit_windows(database, sent, BEGAN, ended)
        wrong += audit_messages(database, sent)
        self.say(
            f"soak: {len(sent.readings)} readings and {len(sent.statuses)} heartbeats sent, {windows} windows; "
            f"killed: {dict(sorted(self.kills.items()))}; {_states(database, ended)}; {_letters(database)}"
        )
        return wrong


_EVERY_HOUR = [
    {
        "kind": "breath_test",
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "opens": f"{hour:02d}:00",
        "closes": f"{hour:02d}:30",
    }
    for hour in range(24)
]


def _nothing_left(database: str, ended: datetime) -> bool:
    with psycopg.connect(database, connect_timeout=5) as conn:
        row = conn.execute(
            "SELECT (SELECT count(*) FROM assessment_due),"
            " (SELECT count(*) FROM test_window WHERE attendance = 'pending' AND closes_at <= %s),"
            " (SELECT count(*) FROM reading LEFT JOIN test_result USING (device_id, boot_id, sequence)"
            "   WHERE state IS NULL)",
            [ended],
        ).fetchone()
    return row == (0, 0, 0)


def _states(database: str, ended: datetime) -> str:
    with psycopg.connect(database) as conn:
        rows = conn.execute(
            "SELECT attendance, count(*) FROM test_window WHERE closes_at <= %s GROUP BY 1 ORDER BY 1",
            [ended],
        ).fetchall()
    return "windows " + ", ".join(f"{count} {state}" for state, count in rows)


def _letters(database: str) -> str:
    with psycopg.connect(database) as conn:
        rows = conn.execute("SELECT reason, sum(times) FROM dead_letter GROUP BY 1 ORDER BY 1").fetchall()
    return "damaged copies set aside: " + (", ".join(f"{count} {why}" for why, count in rows) or "none")


def _situation(folder: Path, victims: dict[str, Killable]) -> str:
    running = {name: one.is_running() for name, one in victims.items()}
    said = [
        f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-1200:]}"
        for log in sorted((folder / "logs").glob("*.log"))
    ]
    return f"running: {running}\n" + "\n".join(said)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gateways", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    args = parser.parse_args()
    try:
        wrong = Soak(args.gateways, args.seconds, args.seed, say=lambda text: print(text, flush=True)).run()
    except NykterError as error:
        wrong = [str(error)]
    print(
        "\n".join(f"WRONG: {fault}" for fault in wrong[:40])
        or "0 lost, 0 doubled, every window in one state."
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
