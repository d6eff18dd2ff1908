"""SIGKILL of real workers while many alerts open, get worse and are passed on: none lost, nobody told twice.

Two workers share one database and a real mail server takes what they send. Which worker is killed when is drawn by lot:
the seed is printed, and NYKTER_TEST_SEED repeats a run. Nobody waits half an hour for a deadline here: deadlines are
columns, so the test moves them back as time does.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as wall
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backend.access.principal import SYSTEM, Principal
from backend.domain.rota import Weekly
from backend.services import alert_policy, enrolment, escalations, notices
from backend.store import assessment_queue
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import Clinic, add_account, add_client, make_clinic
from tests.support.receivers import MailServer, mail_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

ROOT = Path(__file__).parents[2]
CLIENTS = 14
KILLS = 4
ON_THE_WAY = ("bo-kommun", "cilla", "mona")
"""Told by the clock and by nothing else; whoever owns the client hears of it at night only in the morning."""


@contextmanager
def _workers(database: str, mail: MailServer) -> Iterator[list[subprocess.Popen[bytes]]]:
    settings = {
        "NYKTER_DATABASE_URL": database,
        "NYKTER_PUBLIC_URL": "https://x.example",
        "NYKTER_SMTP_URL": f"smtp+plain://127.0.0.1:{mail.port}",
        "NYKTER_SMTP_FROM": "Meddelande <no-reply@post.example>",
        "OMP_NUM_THREADS": "1",
    }
    running: list[subprocess.Popen[bytes]] = []

    def start(number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "nykter.cli", "worker", "--name", f"worker-{number}"]
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings})

    running += [start(0), start(1)]
    try:
        yield running
    finally:
        for one in running:
            one.send_signal(signal.SIGTERM)
        for one in running:
            one.wait(30)


def _kill_one(running: list[subprocess.Popen[bytes]], dice: random.Random) -> None:
    """The dead one's place is taken at once, as a supervisor does."""
    number = dice.randrange(len(running))
    running[number].kill()
    running[number].wait(10)
    running[number] = subprocess.Popen(
        running[number].args, cwd=ROOT, env=_environment(running[1 - number].pid)
    )


def _environment(pid: int) -> dict[str, str]:
    """What the other worker was started with."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


@pytest.fixture
def clinic(postgres_database: str) -> Iterator[Clinic]:
    """A unit with a first and a second one on duty at all times, a manager, and all of them with a mail address."""
    began = datetime.now(UTC) - timedelta(days=1)
    with Database(postgres_database) as db:
        clinic = make_clinic(db, now=began, plan=False)
        cilla = add_account(clinic, "cilla", "clinician", now=began)
        mona = add_account(clinic, "mona", "manager", now=began)
        for place, who in ((1, clinic.bo), (2, cilla)):
            week = Weekly(1, wall.min, 1, wall.min)
            alert_policy.add_duty(db, mona, clinic.unit_id, place, who.account_id, week, now=began)  # type: ignore[arg-type]
        for who in (clinic.anna, clinic.bo, cilla, mona):
            _give_address(clinic, who)
        yield clinic


def _give_address(clinic: Clinic, who: Principal) -> None:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(
            """INSERT INTO contact_point (contact_point_id, tenant_id, account_id, kind, address, created_at,
                   confirmed_at) VALUES (%s, %s, %s, 'email', %s, now(), now())""",
            (uuid4(), clinic.tenant_id, who.account_id, f"{who.display_name.lower()}@mail.example"),
        )


def _more_clients(clinic: Clinic) -> dict[UUID, str]:
    began = datetime.now(UTC) - timedelta(days=1)
    made = {}
    for number in range(CLIENTS):
        client_id = add_client(clinic.db, clinic.unit_id, f"K-9{number}", now=began)
        device = f"gw-kill-{number}"
        enrolment.assign(clinic.db, SYSTEM, clinic.anna.account_id, client_id, now=began)
        key = sha256(device.encode()).digest()
        enrolment.enrol_gateway(clinic.db, SYSTEM, device, client_id, key, now=began)
        made[client_id] = device
    return made


def _positive(clinic: Clinic, client_id: UUID, device: str, brac: float, ago: timedelta) -> None:
    at = datetime.now(UTC) - ago
    clinic.blow(at, brac, client_id=client_id, device_id=device)
    clinic.blow(at + timedelta(minutes=17), brac, client_id=client_id, device_id=device)
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        assessment_queue.wake_worker(conn)


def _let_time_pass(clinic: Clinic) -> None:
    """Every deadline comes, and a minute is gone since everybody's last message; then what the sweep does."""
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute("UPDATE alert SET escalate_at = now() WHERE escalate_at > now() AND state = 'new'")
        conn.execute("UPDATE delivery SET created_at = created_at - interval '2 minutes'")
        conn.execute("UPDATE notice SET look_at = now() WHERE look_at > now()")
        assessment_queue.wake_worker(conn)
    now = datetime.now(UTC)
    escalations.wake_if_due(clinic.db, now=now)
    notices.wake_if_due(clinic.db, now=now)


def _until(clinic: Clinic, is_so: Callable[[], bool], seconds: float = 60.0) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, _standing(clinic)
        _let_time_pass(clinic)
        time.sleep(0.3)


def _standing(clinic: Clinic) -> str:
    """What has come about so far, for whoever looks into a failure."""
    return "\n".join(
        str(clinic.rows(query))
        for query in (
            "SELECT kind, tier, state, round, escalate_step, count(*) FROM alert GROUP BY 1, 2, 3, 4, 5",
            "SELECT state, step, count(*) FROM notice GROUP BY 1, 2",
            "SELECT channel, state, attempts, count(*) FROM delivery GROUP BY 1, 2, 3",
            "SELECT count(*) FROM assessment_due",
            "SELECT task_name, status, count(*) FROM procrastinate_jobs GROUP BY 1, 2",
        )
    )


_OPEN_AT_TIER_1 = "SELECT count(*) AS n FROM alert WHERE tier = 1 AND state = 'new'"
_NOT_TOLD = """
    SELECT a.alert_id, x.username FROM alert a JOIN account x ON x.username = ANY(%s)
      LEFT JOIN notice n ON n.subject_id = a.alert_id AND n.account_id = x.account_id AND n.step / 8 = a.round
     GROUP BY 1, 2 HAVING count(n.notice_id) <> 1"""
_TWICE = """
    SELECT subject_id, step / 8 AS round, account_id FROM notice GROUP BY 1, 2, 3 HAVING count(*) > 1"""
_MAILS = "FROM delivery WHERE channel = 'email'"


@pytest.mark.requirement("H9")
def test_killed_workers_lose_no_alert_and_tell_nobody_twice(clinic: Clinic, dice: random.Random) -> None:
    clients = _more_clients(clinic)
    with mail_server() as mail, _workers(clinic.db.conninfo, mail) as running:
        _until(
            clinic, lambda: len(clinic.rows("SELECT 1 FROM process_beat WHERE process LIKE 'worker-%%'")) == 2
        )
        waiting = list(clients.items())
        dice.shuffle(waiting)
        worse = waiting[: CLIENTS // 2]
        for client_id, device in worse:
            _positive(clinic, client_id, device, 0.42, timedelta(hours=3))
        kills = sorted(dice.sample(range(CLIENTS), KILLS))
        print(f"killed after so many clients: {kills}")
        for number, (client_id, device) in enumerate(waiting):
            _positive(clinic, client_id, device, 0.9, timedelta(hours=1))
            _let_time_pass(clinic)
            if number in kills:
                time.sleep(dice.random() * 0.8)
                _kill_one(running, dice)
        _until(clinic, lambda: clinic.rows(_OPEN_AT_TIER_1) == [{"n": CLIENTS}])
        _until(clinic, lambda: clinic.rows(_NOT_TOLD, list(ON_THE_WAY)) == [])
        _until(clinic, lambda: clinic.rows("SELECT 1 FROM notice WHERE state = 'planned'") == [])
        _until(clinic, lambda: clinic.rows(f"SELECT 1 {_MAILS} AND state IN ('sending', 'failed')") == [])
    assert len(clinic.rows("SELECT 1 FROM alert")) == CLIENTS
    assert clinic.rows("SELECT 1 FROM assessment_due") == []
    assert clinic.rows(_TWICE) == []
    assert clinic.rows("SELECT 1 FROM notice WHERE state <> 'told' AND state <> 'cancelled'") == []
    # Sending is at least once under one id: a mail may come again after a kill, never as another mail.
    sent = {str(row["delivery_id"]) for row in clinic.rows(f"SELECT delivery_id {_MAILS} AND state = 'sent'")}
    arrived = [one["message-id"].strip("<>").split("@")[0] for one in mail.mails]
    assert set(arrived) == sent
    assert len(arrived) - len(sent) <= KILLS * 8, "only what was under way when a worker died comes again"
    twice = "SELECT notice_id FROM delivery_notice GROUP BY 1, place HAVING count(*) > 1"
    assert clinic.rows(twice) == []
