"""Clients waiting to be assessed: never lost, never given to two workers, never in ingest's way."""

from datetime import timedelta

import pytest

from backend.store.assessment_queue import enqueue, take, waiting, wake_worker
from backend.store.beats import OUTAGE_AFTER, beats, record_beat, record_outage_since_last_beat
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from tests.support.messages import NOW, enrol, gateways


def test_a_client_is_taken_once_with_the_earliest_time_that_was_touched(database: str) -> None:
    made = gateways(1)
    enrol(database, *made)
    client = made[0].client_id
    with Database(database) as db:
        with db.transaction(SYSTEM_SCOPE) as conn:
            enqueue(conn, {client: NOW - timedelta(days=1)}, now=NOW)
            enqueue(conn, {client: NOW - timedelta(days=9)}, now=NOW + timedelta(seconds=1))
        with db.transaction(SYSTEM_SCOPE) as conn:
            assert waiting(conn) == (1, NOW)
            (due,) = take(conn, 10)
            assert (due.client_id, due.since, due.touched_from) == (client, NOW, NOW - timedelta(days=9))
        with db.transaction(SYSTEM_SCOPE) as conn:
            assert take(conn, 10) == ()


def test_what_a_failing_worker_took_is_there_again(postgres_database: str) -> None:
    made = gateways(1)
    enrol(postgres_database, *made)
    with Database(postgres_database) as db:
        with db.transaction(SYSTEM_SCOPE) as conn:
            enqueue(conn, {made[0].client_id: NOW}, now=NOW)
        with pytest.raises(RuntimeError), db.transaction(SYSTEM_SCOPE) as conn:
            assert len(take(conn, 10)) == 1
            raise RuntimeError
        with db.transaction(SYSTEM_SCOPE) as conn:
            assert len(take(conn, 10)) == 1


def test_two_workers_get_different_clients_and_ingest_waits_for_neither(postgres_database: str) -> None:
    made = gateways(3)
    enrol(postgres_database, *made)
    ids = {one.client_id for one in made}
    with Database(postgres_database) as db:
        with db.transaction(SYSTEM_SCOPE) as conn:
            enqueue(conn, dict.fromkeys(ids, NOW), now=NOW)
        with (
            db.transaction(SYSTEM_SCOPE) as first,
            db.transaction(SYSTEM_SCOPE) as second,
            db.transaction(SYSTEM_SCOPE) as ingest,
        ):
            taken = {due.client_id for due in take(first, 2)}
            assert len(taken) == 2
            ingest.execute("SET LOCAL lock_timeout = '1s'")
            enqueue(ingest, dict.fromkeys(ids, NOW), now=NOW)
            assert {due.client_id for due in take(second, 10)} == ids - taken
        with db.transaction(SYSTEM_SCOPE) as conn:
            assert {due.client_id for due in take(conn, 10)} == ids


def test_one_waiting_job_is_enough_and_a_rollback_drops_it(postgres_database: str) -> None:
    with Database(postgres_database) as db:
        with pytest.raises(RuntimeError), db.transaction(SYSTEM_SCOPE) as conn:
            assert wake_worker(conn)
            raise RuntimeError
        with db.transaction(SYSTEM_SCOPE) as conn:
            assert wake_worker(conn)
            assert not wake_worker(conn)
        with db.transaction(SYSTEM_SCOPE) as conn:
            row = conn.execute(
                "SELECT task_name, queue_name, status::text FROM procrastinate_jobs"
            ).fetchall()
            assert row == [{"task_name": "assess", "queue_name": "assess", "status": "todo"}]


def age(conn: object, process: str, seconds: float) -> None:
    conn.execute(  # type: ignore[attr-defined]
        "UPDATE process_beat SET real_at = real_at - %s * interval '1 second' WHERE process = %s",
        (seconds, process),
    )


@pytest.mark.requirement("I1", "H2")
def test_a_long_silence_of_ingest_is_an_outage_and_a_short_one_is_not(postgres_database: str) -> None:
    with Database(postgres_database) as db, db.transaction(SYSTEM_SCOPE) as conn:
        assert not record_outage_since_last_beat(conn, "ingest", now=NOW)
        record_beat(conn, "ingest", {"queued": 0}, now=NOW)
        assert beats(conn)["ingest"].detail == {"queued": 0}
        later = NOW + timedelta(minutes=30)
        assert not record_outage_since_last_beat(conn, "ingest", now=later)
        age(conn, "ingest", OUTAGE_AFTER.total_seconds() + 1)
        assert record_outage_since_last_beat(conn, "ingest", now=later)
        outages = conn.execute("SELECT began_at, ended_at FROM outage").fetchall()
        assert outages == [{"began_at": NOW, "ended_at": later}]


def test_there_is_no_outage_while_another_ingest_works(postgres_database: str) -> None:
    with Database(postgres_database) as db, db.transaction(SYSTEM_SCOPE) as conn:
        record_beat(conn, "ingest", {}, now=NOW)
        age(conn, "ingest", 600)
        record_beat(conn, "ingest-2", {}, now=NOW)
        record_beat(conn, "worker", {}, now=NOW)
        assert not record_outage_since_last_beat(conn, "ingest", now=NOW + timedelta(hours=1))
        age(conn, "ingest-2", 600)
        assert record_outage_since_last_beat(conn, "ingest", now=NOW + timedelta(hours=1))
