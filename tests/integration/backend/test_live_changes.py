"""Open pages hear of changes to the clients they may see, and of no others."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from backend.notify import page
from backend.services import assessment
from backend.services.live import Listener, LiveEvent
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.care import START, Clinic, make_clinic


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db)


def _wait_for(events: list[LiveEvent], kind: str) -> bool:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if any(event.kind == kind for event in events):
            return True
        time.sleep(0.02)
    return False


def test_the_assigned_clinician_hears_and_the_colleague_does_not(clinic: Clinic) -> None:
    now = START + timedelta(hours=1)
    anna: list[LiveEvent] = []
    bo: list[LiveEvent] = []
    with Listener(clinic.db) as listener:
        listener.subscribe(clinic.anna, lambda: now, anna.append)
        listener.subscribe(clinic.bo, lambda: now, bo.append)
        time.sleep(0.3)
        clinic.blow(now, 0.0)
        assessment.assess_due(clinic.db, now=now + timedelta(seconds=3))
        assert _wait_for(anna, "assessed")
    assert {event.client_id for event in anna} == {clinic.client_id}
    assert bo == []


def test_a_listener_that_was_cut_off_tells_its_pages_to_ask_again(clinic: Clinic) -> None:
    heard: list[LiveEvent] = []
    with Listener(clinic.db) as listener:
        listener.subscribe(clinic.anna, lambda: START, heard.append)
        time.sleep(0.3)
        clinic.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nykter live'"
        )
        assert _wait_for(heard, "resync")


async def test_an_asynchronous_page_reads_a_queue(clinic: Clinic) -> None:
    now = START + timedelta(hours=1)
    async with Listener(clinic.db) as listener, listener.events(clinic.client, lambda: now) as queue:
        await asyncio.sleep(0.3)
        await asyncio.to_thread(clinic.blow, now, 0.0)
        await asyncio.to_thread(assessment.assess_due, clinic.db, now=now + timedelta(seconds=3))
        event = await asyncio.wait_for(queue.get(), 5)
    assert event.client_id == clinic.client_id


def test_a_notice_is_heard_by_its_own_account_alone_also_when_it_names_no_client(clinic: Clinic) -> None:
    anna: list[LiveEvent] = []
    others: list[LiveEvent] = []
    with Listener(clinic.db) as listener:
        listener.subscribe(clinic.anna, lambda: START, anna.append)
        listener.subscribe(clinic.bo, lambda: START, others.append)
        listener.subscribe(clinic.client, lambda: START, others.append)
        time.sleep(0.3)
        with clinic.db.transaction(SYSTEM_SCOPE) as conn:
            page.announce(conn, clinic.tenant_id, clinic.anna.account_id, [None, clinic.client_id], now=START)
        assert _wait_for(anna, "notice")
        time.sleep(0.2)
    assert {event.client_id for event in anna} == {None, clinic.client_id}
    assert others == []
