"""One person is told of one thing at one step once, and not at all when somebody was quicker."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backend.errors import Invalid
from backend.services import notices
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import START, Clinic, make_clinic


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db, plan=False)


def _plan(clinic: Clinic, subject: UUID, *, step: int = 0, in_minutes: int = 0) -> UUID | None:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        return notices.plan_notice(
            conn,
            tenant_id=clinic.tenant_id,
            account_id=clinic.anna.account_id,
            client_id=clinic.client_id,
            subject_kind="alert",
            subject_id=subject,
            step=step,
            tier=1,
            due_at=START + timedelta(minutes=in_minutes),
            now=START,
        )


def test_the_same_step_is_planned_once(clinic: Clinic) -> None:
    subject = uuid4()
    assert _plan(clinic, subject) is not None
    assert _plan(clinic, subject) is None
    assert _plan(clinic, subject, step=1) is not None
    assert len(clinic.rows("SELECT 1 FROM notice")) == 2


def test_a_notice_that_is_due_wakes_one_worker(clinic: Clinic) -> None:
    _plan(clinic, uuid4(), in_minutes=5)
    assert clinic.rows("SELECT 1 FROM procrastinate_jobs WHERE task_name = 'notify'") == []
    _plan(clinic, uuid4())
    _plan(clinic, uuid4())
    assert len(clinic.rows("SELECT 1 FROM procrastinate_jobs WHERE task_name = 'notify'")) == 1


def test_the_sweep_wakes_a_worker_when_the_time_has_come(clinic: Clinic) -> None:
    _plan(clinic, uuid4(), in_minutes=5)
    assert not notices.wake_if_due(clinic.db, now=START + timedelta(minutes=4))
    assert notices.wake_if_due(clinic.db, now=START + timedelta(minutes=5))
    assert not notices.wake_if_due(clinic.db, now=START + timedelta(minutes=5))


def test_cancelling_leaves_other_subjects_alone_and_the_step_is_not_planned_again(clinic: Clinic) -> None:
    mine, other = uuid4(), uuid4()
    _plan(clinic, mine)
    _plan(clinic, other)
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        assert notices.cancel_notices(conn, "alert", mine, START) == 1
        assert notices.cancel_notices(conn, "alert", mine, START) == 0
    assert _plan(clinic, mine) is None
    assert clinic.rows("SELECT state FROM notice WHERE subject_id = %s", other) == [{"state": "planned"}]


def test_unknown_subjects_and_tiers_are_refused(clinic: Clinic) -> None:
    for kind, tier in (("gossip", 1), ("alert", 5)):
        wrong: dict[str, Any] = {"subject_kind": kind, "tier": tier, "client_id": None, "step": 0}
        whom: dict[str, Any] = {
            "tenant_id": clinic.tenant_id,
            "account_id": clinic.anna.account_id,
            "subject_id": uuid4(),
        }
        with clinic.db.transaction(SYSTEM_SCOPE) as conn, pytest.raises(Invalid):
            notices.plan_notice(conn, **wrong, **whom, due_at=START, now=START)
