"""A worker killed in the middle of sending: the message arrives under the same id, and nobody else's is lost."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from backend.notify.channel import ContactKind
from backend.services import notices
from backend.store.notices import wake_worker
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import Clinic, make_clinic
from tests.support.receivers import MailServer, WebServer, mail_server, web_server

ROOT = Path(__file__).parents[4]


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db, now=datetime.now(UTC) - timedelta(days=3), plan=False)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def sms() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


def _start(clinic: Clinic, mail: MailServer, sms: WebServer) -> subprocess.Popen[bytes]:
    settings = {
        "NYKTER_DATABASE_URL": clinic.db.conninfo,
        "NYKTER_PUBLIC_URL": "https://x.example",
        "NYKTER_SMTP_URL": f"smtp+plain://127.0.0.1:{mail.port}",
        "NYKTER_SMTP_FROM": "Meddelande <no-reply@post.example>",
        "NYKTER_SMS_PROVIDER": "46elks",
        "NYKTER_SMS_URL": f"{sms.url}/a1/sms",
        "NYKTER_SMS_USER": "u",
        "NYKTER_SMS_PASSWORD": "p",
        "NYKTER_SMS_FROM": "Meddelande",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "nykter.cli", "worker"], cwd=ROOT, env={**os.environ, **settings}
    )


def _until(what: Callable[[], object], seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.05)


def _confirmed(clinic: Clinic, kind: ContactKind, address: str, account: UUID) -> None:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        conn.execute(
            """INSERT INTO contact_point (contact_point_id, tenant_id, account_id, kind, address, created_at,
                   confirmed_at) VALUES (%s, %s, %s, %s, %s, now(), now())""",
            (uuid4(), clinic.tenant_id, account, kind, address),
        )


def _notice(clinic: Clinic, account: UUID) -> None:
    now = datetime.now(UTC)
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        notices.plan_notice(
            conn,
            tenant_id=clinic.tenant_id,
            account_id=account,
            client_id=clinic.client_id,
            subject_kind="alert",
            subject_id=uuid4(),
            step=0,
            tier=1,
            due_at=now,
            now=now,
        )


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_what_a_killed_worker_was_sending_arrives_under_the_same_id(
    clinic: Clinic, mail: MailServer, sms: WebServer
) -> None:
    anna, bo = clinic.anna.account_id, clinic.bo.account_id
    _confirmed(clinic, "email", "anna@mail.example", anna)
    _confirmed(clinic, "sms", "+46701234567", bo)
    mail.slow_s = sms.slow_s = 60.0
    _notice(clinic, anna)
    _notice(clinic, bo)
    worker = _start(clinic, mail, sms)
    try:
        _until(lambda: mail.mails and sms.posted)
        # Both servers have the message and have not answered: the worst moment there is.
        worker.kill()
        worker.wait(10)
        outside = "FROM delivery WHERE channel <> 'page'"
        assert clinic.rows(f"SELECT state, attempts {outside}") == [{"state": "sending", "attempts": 1}] * 2
        mail.slow_s = sms.slow_s = 0.0
        worker = _start(clinic, mail, sms)
        _until(lambda: len(clinic.rows(f"SELECT 1 {outside} AND state = 'sent'")) == 2)
        # Whoever wakes it once more changes nothing.
        with clinic.db.transaction(SYSTEM_SCOPE) as conn:
            wake_worker(conn)
        _until(
            lambda: (
                not clinic.rows(
                    "SELECT 1 FROM procrastinate_jobs WHERE task_name = 'notify' AND status = 'todo'"
                )
            )
        )
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    ids = {str(row["delivery_id"]) for row in clinic.rows(f"SELECT delivery_id {outside}")}
    assert len(mail.mails) == len(sms.posted) == 2
    assert {one["message-id"].strip("<>").split("@")[0] for one in mail.mails} <= ids
    assert len({one["message-id"] for one in mail.mails}) == 1
    assert len({one.headers["idempotency-key"] for one in sms.posted}) == 1
    assert mail.mails[0].get_content() == mail.mails[1].get_content()
    assert clinic.rows("SELECT DISTINCT state FROM notice") == [{"state": "told"}]
