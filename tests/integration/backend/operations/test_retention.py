"""What has been kept long enough goes, the same rows on plain tables and on hypertables; everything else stays."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from nacl.signing import SigningKey

from backend.access import SYSTEM
from backend.domain.retention import DEFAULT_DAYS, Kind
from backend.errors import Conflict, Forbidden, Invalid
from backend.services import legal_holds, retention
from backend.store.pool import Database
from nykter.cli import main
from nykter.commands import maintain
from tests.support.gateway import HandClock
from tests.support.messages import NOW
from tests.support.servers import TestDatabases

YEARS_11, YEARS_6, YEARS_3 = (NOW - timedelta(days=days) for days in (11 * 366, 6 * 366, 3 * 366))
GONE, HELD, STAYS, WROTE, SOCIAL, UNCLEAR = (UUID(int=number) for number in range(1, 7))
RAW = ("reading", "test_result", "check_in", "check_in_answer", "drinking_report", "background_batch")
KEY = SigningKey(bytes(32))
REST = ("device_status", "dead_letter", "access_log", "login_attempt", "client_day", "client", "message_key")


@contextmanager
def archive(url: str) -> Iterator[Database]:
    """Three tenants: a region with the usual times, a municipality that keeps 5 years, one whose settings are wrong."""
    with psycopg.connect(url) as conn:
        for tenant, settings in (
            ("region", {}),
            ("kommun", {"retention_days": {"readings": 1827, "answers": 1827, "background": 1827}}),
            ("fel", {"retention_days": {"readings": 3, "device_status": "forever"}}),
        ):
            conn.execute(
                "INSERT INTO tenant (tenant_id, name, kind, settings, created_at) VALUES (%s, %s, 'region', %s, %s)",
                (tenant, tenant, json.dumps(settings), YEARS_11),
            )
            conn.execute(
                "INSERT INTO unit (unit_id, tenant_id, name) VALUES (gen_random_uuid(), %s, 'u')", (tenant,)
            )
        for client, tenant, entries in (
            (GONE, "region", (YEARS_11,)),
            (HELD, "region", (YEARS_11,)),
            (STAYS, "region", (YEARS_11, NOW - timedelta(days=2))),
            (WROTE, "region", (YEARS_11,)),
            (SOCIAL, "kommun", (YEARS_6,)),
            (UNCLEAR, "fel", (YEARS_11,)),
        ):
            _person(conn, client, tenant, entries)
        # a visit was noted three years ago: the record's last entry, although the last breath is eleven years old
        conn.execute(
            """INSERT INTO contact (contact_id, tenant_id, client_id, happened_at, channel, reached, created_at)
               VALUES (gen_random_uuid(), 'region', %s, %s, 'visit', true, %s)""",
            (WROTE, YEARS_3, YEARS_3),
        )
        conn.execute("INSERT INTO login_attempt VALUES ('x', %s), ('y', %s)", (YEARS_3, NOW))
        _letters(conn)
    with Database(url) as db:
        legal_holds.place(db, SYSTEM, HELD, "en rättsprocess pågår", now=NOW)
        yield db


def _person(conn: psycopg.Connection[Any], client: UUID, tenant: str, entries: tuple[datetime, ...]) -> None:
    conn.execute(
        """INSERT INTO client (client_id, tenant_id, unit_id, alias, timezone, started_on, created_at, last_data_at)
           SELECT %s, %s, unit_id, %s, 'Europe/Stockholm', %s, %s, %s FROM unit WHERE tenant_id = %s""",
        (client, tenant, f"A{client.int}", entries[0].date(), entries[0], entries[-1], tenant),
    )
    device = f"gw-{client.int:04d}"
    conn.execute(
        "INSERT INTO gateway (device_id, tenant_id, client_id, public_key, key_id, enrolled_at) VALUES "
        "(%s, %s, %s, %s, %s, %s)",
        (device, tenant, client, b"k" * 32, device, entries[0]),
    )
    for number, at in enumerate(entries, start=1):
        values = {"t": tenant, "c": client, "d": device, "n": number, "at": at, "day": at.date()}
        for statement in _ENTRY:
            conn.execute(statement.encode(), values)
    for at in (YEARS_3, NOW - timedelta(days=89), NOW):
        values = {"t": tenant, "c": client, "d": device, "at": at}
        conn.execute(
            """INSERT INTO device_status (tenant_id, client_id, device_id, boot_id, sequence, sent_at, received_at,
                   outbox_depth, body)
               VALUES (%(t)s, %(c)s, %(d)s, 'aa', 1, %(at)s, %(at)s, 0, '')""",
            values,
        )
    for at in (YEARS_6, YEARS_3):
        conn.execute(
            "INSERT INTO access_log (tenant_id, at, account_id, client_id, action) VALUES (%s, %s, %s, %s, 'x')",
            (tenant, at, client, client),
        )


_KEY = "%(d)s, 'aa', %(n)s"
_ENTRY = (
    f"""INSERT INTO reading (tenant_id, client_id, device_id, boot_id, sequence, measured_at, gateway_time, received_at,
            timezone, run_id, attempt, purpose, outcome, blow_quality, identity, driver, driver_grade,
            breathalyzer_model, calibration_state, key_id, signature, body)
        VALUES (%(t)s, %(c)s, {_KEY}, %(at)s, %(at)s, %(at)s, 'UTC', 'r', 1, 'planned', 'complete', 'good', 'not_used',
            'd', 'experimental', 'm', 'valid', 'k', '', '')""",
    f"""INSERT INTO message_key (device_id, boot_id, sequence, kind, body_sha256, received_at)
        VALUES ({_KEY}, 'reading', '', %(at)s)""",
    f"""INSERT INTO test_result (device_id, boot_id, sequence, tenant_id, client_id, measured_at, state, decided_at)
        VALUES ({_KEY}, %(t)s, %(c)s, %(at)s, 'ok', %(at)s)""",
    f"""WITH c AS (INSERT INTO check_in (check_in_id, tenant_id, client_id, source, device_id, boot_id, sequence,
                answered_at, received_at, timezone)
            VALUES (md5(%(d)s || %(n)s::text)::uuid, %(t)s, %(c)s, 'gateway', {_KEY}, %(at)s, %(at)s, 'UTC')
            RETURNING check_in_id)
        INSERT INTO check_in_answer (check_in_id, tenant_id, client_id, answered_at, item, value, low, high)
        SELECT check_in_id, %(t)s, %(c)s, %(at)s, 'craving', 3, 0, 10 FROM c""",
    """INSERT INTO drinking_report (report_id, tenant_id, client_id, started_at, known_at, source)
        VALUES (md5(%(d)s || %(n)s::text)::uuid, %(t)s, %(c)s, %(at)s, %(at)s, 'self_report')""",
    f"""INSERT INTO background_batch (tenant_id, client_id, device_id, boot_id, sequence, collected_at, received_at,
            driver, driver_grade, records, key_id, signature, body)
        VALUES (%(t)s, %(c)s, {_KEY}, %(at)s, %(at)s, 'd', 'experimental', 1, 'k', '', '')""",
    """INSERT INTO client_day (client_id, tenant_id, day, state, planned, taken)
        VALUES (%(c)s, %(t)s, %(day)s, 'ok', 1, 1)""",
)


def _letters(conn: psycopg.Connection[Any]) -> None:
    for number, (tenant, device, handled) in enumerate(
        (
            ("region", "gw-0001", YEARS_3),
            ("region", "gw-0001", None),
            ("region", "gw-0002", YEARS_3),
            (None, None, YEARS_3),
            ("region", None, NOW - timedelta(days=360)),
        )
    ):
        conn.execute(
            """INSERT INTO dead_letter (received_at, seen_at, topic, tenant_id, device_id, reason, detail, payload,
                   payload_sha256, handled_at) VALUES (%s, %s, 'x', %s, %s, 'malformed', '', '', %s, %s)""",
            (YEARS_3, YEARS_3, tenant, device, bytes([number]), handled),
        )


def rows(url: str, tables: tuple[str, ...] = RAW + REST) -> dict[str, list[str]]:
    """Everything in these tables, but for what the database numbers itself."""
    with psycopg.connect(url) as conn:
        return {
            table: sorted(
                str(row[0])
                for row in conn.execute(
                    f"SELECT to_jsonb(t) - ARRAY['unit_id', 'letter_id', 'entry_id'] FROM {table} t".encode()
                )
            )
            for table in tables
        }


def clients_in(url: str, table: str) -> set[UUID]:
    with psycopg.connect(url) as conn:
        return {row[0] for row in conn.execute(f"SELECT client_id FROM {table}".encode())}


def told(removals: tuple[retention.Removal, ...]) -> dict[tuple[str, str], int]:
    return {(one.tenant_id, one.kind.value): one.rows for one in removals if one.rows}


EXPECTED = {
    ("region", "readings"): 2,
    ("region", "answers"): 3,
    ("region", "background"): 1,
    ("region", "device_status"): 3,
    ("region", "dead_letters"): 1,
    ("region", "access_log"): 3,
    ("kommun", "readings"): 2,
    ("kommun", "answers"): 3,
    ("kommun", "background"): 1,
    ("kommun", "device_status"): 1,
    ("kommun", "access_log"): 1,
    ("fel", "answers"): 3,
    ("fel", "background"): 1,
    ("fel", "access_log"): 1,
    ("", "dead_letters"): 1,
    ("", "login_attempts"): 1,
}


@pytest.mark.requirement("L7")
def test_a_dry_run_counts_what_a_run_removes_and_a_second_run_finds_nothing(database: str) -> None:
    with archive(database) as db:
        before = rows(database)
        assert told(retention.retain(db, SYSTEM, now=NOW, dry_run=True, audit_key=KEY)) == EXPECTED
        assert rows(database) == before
        with psycopg.connect(database) as conn:
            assert conn.execute("SELECT count(*) FROM retention_run").fetchone() == (0,)

        assert told(retention.retain(db, SYSTEM, now=NOW, audit_key=KEY)) == EXPECTED
        after = rows(database)
        assert told(retention.retain(db, SYSTEM, now=NOW, audit_key=KEY)) == {}
        assert rows(database) == after
    for table in RAW[:-1]:
        left = clients_in(database, table)
        assert {HELD, STAYS, WROTE} <= left, table
        assert not {GONE, SOCIAL} & left, table
    assert UNCLEAR in clients_in(database, "reading")
    # the days as they were, people, and the keys that tell a message sent again from a new one
    for table in ("client_day", "client", "message_key"):
        assert after[table] == before[table]


def test_each_run_is_written_down_with_what_it_took_and_what_kept_it(database: str) -> None:
    with archive(database) as db:
        retention.retain(db, SYSTEM, now=NOW, audit_key=KEY)
    with psycopg.connect(database) as conn:
        found = conn.execute(
            "SELECT tenant_id, kind, rows_removed, keep_days, ran_at, problem IS NOT NULL FROM retention_run"
        ).fetchall()
    assert {(tenant, kind): number for tenant, kind, number, *_ in found if number} == EXPECTED
    assert len(found) == 3 + 3 * 7
    assert {(tenant, kind) for tenant, kind, *_, problem in found if problem} == {
        ("fel", "readings"),
        ("fel", "device_status"),
    }
    days = {(tenant, kind): days for tenant, kind, _, days, *_ in found}
    assert days["region", "readings"] == DEFAULT_DAYS[Kind.READINGS]
    assert days["kommun", "readings"] == 1827


def test_plain_tables_and_hypertables_keep_the_same_rows(
    postgres_server: TestDatabases, timescale_server: TestDatabases
) -> None:
    kept, chunks = [], []
    for server in (postgres_server, timescale_server):
        with server.fresh() as url, archive(url) as db:
            if server is timescale_server:
                chunks.append(_chunks(url))
            removed = told(retention.retain(db, SYSTEM, now=NOW, audit_key=KEY))
            kept.append((removed, rows(url)))
            if server is timescale_server:
                chunks.append(_chunks(url))
    assert kept[0] == kept[1]
    before, after = chunks
    assert after == before  # others keep a row in each of them: rows went one by one


def test_chunks_in_which_nobody_keeps_a_row_are_dropped_whole(timescale_database: str) -> None:
    with archive(timescale_database) as db:
        for client in (STAYS, WROTE, UNCLEAR):
            for table in ("reading", "check_in_answer"):
                column = "measured_at" if table == "reading" else "answered_at"
                with psycopg.connect(timescale_database) as conn:
                    conn.execute(
                        f"DELETE FROM {table} WHERE client_id = %s AND {column} = %s".encode(),
                        (client, YEARS_11),
                    )
        with psycopg.connect(timescale_database) as conn:
            conn.execute("UPDATE tenant SET settings = '{}'")
        legal_holds.lift(db, SYSTEM, HELD, "målet är avgjort", now=NOW)
        before = _chunks(timescale_database)
        expected = told(retention.retain(db, SYSTEM, now=NOW, dry_run=True, audit_key=KEY))
        assert told(retention.retain(db, SYSTEM, now=NOW, audit_key=KEY)) == expected
        after = _chunks(timescale_database)
        assert before["reading"] - after["reading"] == 1
        assert before["check_in_answer"] - after["check_in_answer"] == 1
        assert before["device_status"] - after["device_status"] == 1
        assert clients_in(timescale_database, "reading") == {STAYS, SOCIAL}
        with psycopg.connect(timescale_database) as conn:
            conn.execute("SET ROLE nykter_app")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute("SELECT drop_chunks_before('reading', now())")


def _chunks(url: str) -> dict[str, int]:
    with psycopg.connect(url) as conn:
        return dict(
            conn.execute(
                "SELECT hypertable_name::text, count(*)::int FROM timescaledb_information.chunks GROUP BY 1"
            ).fetchall()
        )


@pytest.mark.requirement("L7", "H16")
def test_a_hold_needs_a_reason_and_the_right_person(postgres_database: str) -> None:
    with archive(postgres_database) as db:
        with pytest.raises(Conflict):
            legal_holds.place(db, SYSTEM, HELD, "en gång till", now=NOW)
        with pytest.raises(Invalid):
            legal_holds.place(db, SYSTEM, STAYS, "  ", now=NOW)
        with pytest.raises(Conflict):
            legal_holds.lift(db, SYSTEM, STAYS, "inget att häva", now=NOW)
        with psycopg.connect(postgres_database) as conn:
            actions = conn.execute(
                "SELECT action, tenant_id FROM access_log WHERE client_id = %s AND action <> 'x'", (HELD,)
            ).fetchall()
        assert actions == [("hold_placed", "region")]
        stranger = SYSTEM.__class__(UUID(int=9), "region", "clinician", None, None, "B", "sv")
        with pytest.raises(Forbidden):
            legal_holds.place(db, stranger, STAYS, "varför inte", now=NOW)
        with pytest.raises(Forbidden):
            retention.retain(db, stranger, now=NOW)


def test_the_command_counts_and_says_whose_settings_cannot_be_meant(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NYKTER_DATABASE_URL", postgres_database)
    clock = HandClock(NOW)
    monkeypatch.setattr(maintain, "clock_from_environment", lambda: clock)
    with archive(postgres_database):
        assert main(["maintain", "retention", "--dry-run"]) == 1
        said = capsys.readouterr().out
        assert "region  readings: 2 rows would be removed (kept 3653 days)" in said
        assert (
            "fel  readings: NOT LOOKED AT, retention_days.readings must be a whole number of at least 731"
            in said
        )
        assert main(["maintain", "hold", str(GONE), "--reason", "begärd av arkivet"]) == 0
        assert main(["maintain", "hold", str(GONE), "--reason", "igen"]) == 1
        assert main(["maintain", "retention"]) == 1
    assert GONE in clients_in(postgres_database, "reading")
    assert list(maintain.lines((), dry_run=False)) == ["Nothing has been kept long enough to go."]
