"""What services say does not depend on whether TimescaleDB is there; clocks far off make no chunk."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from backend.access import Principal
from backend.ingest.arrival import Arrival
from backend.ingest.counters import Counters
from backend.ingest.handler import Handler
from backend.ingest.receipts import ReceiptSigner
from backend.services import assessment, clients, triage
from backend.store import histories
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.topics import Kind
from tests.integration.backend.store.test_upgrades_with_data import VERSIONS, database_at
from tests.support.messages import NOW, MadeUpGateway, enrol
from tests.support.servers import TestDatabases

_CLIENT = UUID("00000000-0000-0000-0000-0000000000c1")
_ANNA = Principal(
    UUID("00000000-0000-0000-0000-0000000000a1"), "kommun", "clinician", None, None, "Anna", "sv"
)
_AT = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def answers(url: str) -> tuple[object, ...]:
    """Everything staff see of the rows that upgrades are tested with, before and after they are assessed."""
    with Database(url) as db:
        said: list[object] = []
        for now in (_AT, _AT + timedelta(hours=6)):
            since = now - timedelta(days=100)
            said.append(clients.overview(db, _ANNA, _CLIENT, now=now))
            said.append(clients.series(db, _ANNA, _CLIENT, since, now + timedelta(days=100), now=now))
            said.append(triage.triage_list(db, _ANNA, now=now))
            with db.transaction(SYSTEM_SCOPE) as conn:
                history = histories.history_of(conn, [_CLIENT], now=now)
            said.append((history.breath_tests.measured_at.tolist(), history.answers.value.tolist()))
            assessment.assess_due(db, now=now)
        return tuple(said)


def test_services_say_the_same_on_plain_tables_and_on_hypertables(
    postgres_server: TestDatabases, timescale_server: TestDatabases
) -> None:
    found = []
    for server in (postgres_server, timescale_server):
        with server.empty() as url:
            database_at(url, VERSIONS[-1])
            with psycopg.connect(url) as conn:
                # as services write it: what an alert rests on has a time and a sentence
                conn.execute(
                    """UPDATE alert SET evidence = '[{"kind": "confirmed_positive", "key": "x",
                           "at": "2026-03-02T07:00:00+00:00", "sv": "s", "en": "e"}]'"""
                )
                conn.execute("UPDATE risk_score SET reasons = '[]'")
            found.append(answers(url))
    plain, hyper = found
    for on_plain, on_hyper in zip(plain, hyper, strict=True):
        assert on_plain == on_hyper
    assert len(plain) == 8


@pytest.mark.parametrize("off", [timedelta(days=-9000), timedelta(days=4000)])
def test_a_clock_far_off_makes_no_chunk_and_its_message_is_kept_whole(
    timescale_database: str, off: timedelta
) -> None:
    gateway = MadeUpGateway()
    enrol(timescale_database, gateway)
    signed = {
        Kind.READING: gateway.seal(Kind.READING, gateway.reading(measured_at=NOW + off)),
        Kind.CHECK_IN: gateway.seal(Kind.CHECK_IN, gateway.check_in(answered_at=NOW + off)),
        Kind.STATUS: gateway.seal(Kind.STATUS, gateway.status(sent_at=NOW + off)),
    }
    arrivals = [Arrival(gateway.topic(kind), payload) for kind, payload in signed.items()]
    with Database(timescale_database) as db:
        handler = Handler(db, ReceiptSigner(b"\x07" * 32), Counters())
        handler.store(handler.judge(arrivals, now=NOW))
    with psycopg.connect(timescale_database) as conn:
        assert conn.execute("SELECT count(*) FROM timescaledb_information.chunks").fetchone() == (0,)
        kept = conn.execute("SELECT reason, payload FROM dead_letter").fetchall()
    assert {reason for reason, _ in kept} == {"clock_far_off"}
    assert {bytes(payload) for _, payload in kept} == set(signed.values())
