"""What a batch leaves in the database, and what its gateways are told."""

import random
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from backend.ingest.arrival import Arrival
from backend.ingest.counters import Counters
from backend.ingest.handler import Handler
from backend.ingest.receipts import ReceiptSigner
from backend.store.bulk import STAGED_FROM
from backend.store.gateways import add_statuses
from backend.store.notifications import LIVE, listening
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.receipt import ReceiptEntry, Verdict
from contracts.topics import Kind
from tests.support.messages import NOW, MadeUpGateway, enrol, entries, gateways

SIGNER = ReceiptSigner(b"\x07" * 32)


class Ingesting:
    """A handler on a database, with its counters and a look at what was stored."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.counters = Counters()
        self.handler = Handler(database, SIGNER, self.counters)

    def take(self, *arrivals: Arrival, now: Any = NOW) -> list[ReceiptEntry]:
        return entries(self.handler.store(self.handler.judge(arrivals, now=now)).receipts, SIGNER.public_key)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.database.conninfo, row_factory=dict_row) as conn:
            return conn.execute(query.encode()).fetchall()

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])


@pytest.fixture
def ingesting(database: str) -> Iterator[Ingesting]:
    with Database(database) as opened:
        yield Ingesting(opened)


@pytest.fixture
def plainly(postgres_database: str) -> Iterator[Ingesting]:
    with Database(postgres_database) as opened:
        yield Ingesting(opened)


@pytest.fixture
def gateway() -> MadeUpGateway:
    return MadeUpGateway()


def arrival(gateway: MadeUpGateway, payload: bytes, kind: Kind = Kind.READING) -> Arrival:
    return Arrival(gateway.topic(kind), payload)


def verdicts(found: list[ReceiptEntry]) -> list[Verdict]:
    return [entry.verdict for entry in found]


def test_a_reading_is_stored_as_measured_with_its_signed_bytes(
    ingesting: Ingesting, gateway: MadeUpGateway
) -> None:
    enrol(ingesting.database.conninfo, gateway)
    reading = gateway.reading(
        "0.420", attempt=2, clock_offset_ms=-1500, device_time=NOW - timedelta(days=900)
    )
    (entry,) = ingesting.take(arrival(gateway, gateway.seal(Kind.READING, reading)))
    assert (entry.verdict, entry.sequence) == (Verdict.STORED, reading.sequence)
    (row,) = ingesting.rows("SELECT * FROM reading")
    assert (row["client_id"], row["tenant_id"]) == (gateway.client_id, gateway.tenant_id)
    assert row["measured_at"] == reading.measured_at
    assert row["received_at"] == NOW
    assert str(row["brac_mg_per_l"]) == "0.420"
    assert (row["attempt"], row["clock_offset_ms"]) == (2, -1500)
    assert bytes(row["body"]) == reading.canonical_bytes()
    gateway.key.verify_key.verify(b"nykter:reading:1\n" + bytes(row["body"]), bytes(row["signature"]))


def test_a_run_without_a_value_is_stored_as_such(ingesting: Ingesting, gateway: MadeUpGateway) -> None:
    enrol(ingesting.database.conninfo, gateway)
    nothing: dict[str, Any] = dict.fromkeys(("native_value", "native_unit", "brac_mg_per_l", "conversion"))
    payload = gateway.sealed_reading(outcome="failed", failure="insufficient_blow", **nothing)
    assert verdicts(ingesting.take(arrival(gateway, payload))) == [Verdict.STORED]
    (row,) = ingesting.rows("SELECT outcome, failure, brac_mg_per_l FROM reading")
    assert row == {"outcome": "failed", "failure": "insufficient_blow", "brac_mg_per_l": None}


def test_a_check_in_is_stored_with_answers_and_the_drinking_it_tells_of(
    ingesting: Ingesting, gateway: MadeUpGateway
) -> None:
    enrol(ingesting.database.conninfo, gateway)
    payload = gateway.seal(Kind.CHECK_IN, gateway.check_in(comment="Hårt, men bra"))
    assert verdicts(ingesting.take(arrival(gateway, payload, Kind.CHECK_IN))) == [Verdict.STORED]
    (row,) = ingesting.rows("SELECT source, comment, drank FROM check_in")
    assert row == {"source": "gateway", "comment": "Hårt, men bra", "drank": True}
    answers = ingesting.rows("SELECT item, ordinal, value::int FROM check_in_answer ORDER BY item, ordinal")
    assert [tuple(one.values()) for one in answers] == [
        ("craving", 0, 3), ("craving", 1, 4), ("sleep_quality", 0, 2),
    ]  # fmt: skip
    (told,) = ingesting.rows("SELECT known_at, source, amount_g::int FROM drinking_report")
    assert told == {"known_at": NOW, "source": "self_report", "amount_g": 24}


def test_the_newest_status_stands_at_the_gateway_whatever_order_they_come_in(
    ingesting: Ingesting, gateway: MadeUpGateway
) -> None:
    enrol(ingesting.database.conninfo, gateway)
    old = gateway.status(sent_at=NOW - timedelta(hours=2), outbox_depth=7)
    new = gateway.status(sent_at=NOW, outbox_depth=2**40)
    for one in (new, old):
        ingesting.take(arrival(gateway, gateway.seal(Kind.STATUS, one), Kind.STATUS))
    (row,) = ingesting.rows("SELECT heard_at, status_sent_at, status FROM gateway")
    assert (row["heard_at"], row["status_sent_at"]) == (NOW, NOW)
    assert row["status"]["outbox_depth"] == 2**40
    assert ingesting.count("device_status") == 2


@pytest.mark.requirement("H6")
def test_the_same_message_again_is_a_duplicate_in_the_same_batch_and_in_the_next(
    ingesting: Ingesting, gateway: MadeUpGateway
) -> None:
    enrol(ingesting.database.conninfo, gateway)
    one = arrival(gateway, gateway.sealed_reading())
    assert verdicts(ingesting.take(one, one)) == [Verdict.STORED, Verdict.DUPLICATE]
    assert verdicts(ingesting.take(one)) == [Verdict.DUPLICATE]
    assert ingesting.count("reading") == ingesting.count("message_key") == 1
    assert (ingesting.counters.stored, ingesting.counters.duplicates) == (1, 2)


@pytest.mark.requirement("D2")
def test_another_message_with_a_used_key_is_a_conflict_and_kept(
    ingesting: Ingesting, gateway: MadeUpGateway
) -> None:
    enrol(ingesting.database.conninfo, gateway)
    first = arrival(gateway, gateway.sealed_reading("0.000", sequence=5))
    other = arrival(gateway, gateway.sealed_reading("0.900", sequence=5))
    third = arrival(
        gateway, gateway.sealed_reading("0.100", sequence=5, measured_at=NOW - timedelta(days=90))
    )
    assert verdicts(ingesting.take(first, other)) == [Verdict.STORED, Verdict.CONFLICT]
    assert verdicts(ingesting.take(third, first)) == [Verdict.CONFLICT, Verdict.DUPLICATE]
    assert ingesting.rows("SELECT brac_mg_per_l::text AS value FROM reading") == [{"value": "0.000"}]
    letters = ingesting.rows("SELECT reason, payload FROM dead_letter ORDER BY letter_id")
    assert [one["reason"] for one in letters] == ["conflict", "conflict"]
    assert {bytes(one["payload"]) for one in letters} == {other.payload, third.payload}


def test_of_a_large_batch_stored_in_part_before_only_the_rest_is_stored(ingesting: Ingesting) -> None:
    made = gateways(3)
    enrol(ingesting.database.conninfo, *made)
    batch = [arrival(one, one.sealed_reading()) for one in made for _ in range(100)]
    earlier = batch[::3]
    assert set(verdicts(ingesting.take(*earlier))) == {Verdict.STORED}
    found = verdicts(ingesting.take(*batch))
    assert (found.count(Verdict.STORED), found.count(Verdict.DUPLICATE)) == (200, 100)
    assert (ingesting.count("reading"), ingesting.count("message_key")) == (300, 300)
    assert ingesting.rows(
        "SELECT count(*) AS n FROM reading JOIN message_key USING (device_id, boot_id, sequence, received_at)"
        " WHERE kind = 'reading' AND message_key.body_sha256 = sha256(body)"
    ) == [{"n": 300}]


def test_a_stage_that_still_holds_rows_stores_none_of_them_twice(
    plainly: Ingesting, gateway: MadeUpGateway
) -> None:
    enrol(plainly.database.conninfo, gateway)
    batch = [
        arrival(gateway, gateway.seal(Kind.STATUS, gateway.status()), Kind.STATUS) for _ in range(STAGED_FROM)
    ]
    statuses: Any = [one.message.signed for one in plainly.handler.judge(batch, now=NOW).accepted]
    twice = (RuntimeError, psycopg.IntegrityError)
    with pytest.raises(twice), plainly.database.transaction(SYSTEM_SCOPE) as conn:
        add_statuses(conn, statuses, now=NOW)
        add_statuses(conn, statuses, now=NOW)
    assert plainly.count("device_status") == 0


def test_a_key_is_one_whatever_the_kind_of_message(ingesting: Ingesting, gateway: MadeUpGateway) -> None:
    enrol(ingesting.database.conninfo, gateway)
    reading = gateway.sealed_reading(sequence=1)
    status = gateway.seal(Kind.STATUS, gateway.status(sequence=1))
    ingesting.take(arrival(gateway, reading))
    assert verdicts(ingesting.take(arrival(gateway, status, Kind.STATUS))) == [Verdict.CONFLICT]


def test_bad_messages_are_kept_counted_and_never_sink_the_good_ones_beside_them(ingesting: Ingesting) -> None:
    good, revoked, unknown = gateways(3)
    enrol(ingesting.database.conninfo, good)
    enrol(ingesting.database.conninfo, revoked, revoked_at=NOW)
    late = good.altered(good.reading(), schema_version=9)
    found = ingesting.take(
        arrival(good, good.sealed_reading(sequence=100)),
        arrival(good, b"not an envelope"),
        arrival(good, b"not an envelope"),
        arrival(good, b"x" * 70_000),
        Arrival("nykter/v1/\x7f", b"?"),
        arrival(unknown, unknown.sealed_reading()),
        arrival(revoked, revoked.sealed_reading()),
        arrival(good, revoked.sealed_reading()),
        arrival(good, good.seal(Kind.READING, late)),
        arrival(good, good.sealed_reading(measured_at=NOW + timedelta(days=800))),
        arrival(good, good.sealed_reading(sequence=101)),
    )
    assert sorted(verdicts(found)) == sorted([Verdict.STORED] * 2 + [Verdict.REFUSED] * 3)
    assert {entry.reason for entry in found if entry.reason} == {
        "revoked_gateway",
        "version",
        "clock_far_off",
    }
    kept = {row["reason"]: row for row in ingesting.rows("SELECT * FROM dead_letter")}
    assert set(kept) == {
        "malformed", "oversized", "topic", "unknown_gateway", "revoked_gateway", "unknown_key", "version",
        "clock_far_off",
    }  # fmt: skip
    assert kept["malformed"]["times"] == 2
    assert len(kept["oversized"]["payload"]) == 65_536
    assert bytes(kept["version"]["payload"]) == good.seal(Kind.READING, late)
    assert ingesting.count("reading") == 2
    assert sum(ingesting.counters.dead_letters.values()) == 9
    ingesting.take(arrival(good, b"not an envelope"))
    assert ingesting.rows("SELECT times FROM dead_letter WHERE reason = 'malformed'") == [{"times": 3}]


def test_a_message_that_only_the_database_refuses_is_found_by_halving_and_set_aside(
    plainly: Ingesting, gateway: MadeUpGateway
) -> None:
    """PostgreSQL's text knows no NUL, JSON does."""
    enrol(plainly.database.conninfo, gateway)
    arrivals = [arrival(gateway, gateway.sealed_reading()) for _ in range(40)]
    bad = gateway.check_in(comment="before\x00after")
    arrivals.insert(13, arrival(gateway, gateway.seal(Kind.CHECK_IN, bad), Kind.CHECK_IN))
    found = plainly.take(*arrivals)
    refused = [entry for entry in found if entry.verdict is Verdict.REFUSED]
    assert [(entry.sequence, entry.reason) for entry in refused] == [(bad.sequence, "database")]
    assert len(found) == 41
    assert plainly.count("reading") == 40
    assert plainly.count("check_in") == 0
    assert [row["reason"] for row in plainly.rows("SELECT reason FROM dead_letter")] == ["database"]


def test_order_does_not_matter_and_repetition_neither(ingesting: Ingesting) -> None:
    made = gateways(5)
    enrol(ingesting.database.conninfo, *made)
    dice = random.Random(20260302)
    sent = [
        arrival(one, one.sealed_reading(measured_at=NOW - timedelta(hours=dice.randrange(9000))))
        for one in made
        for _ in range(60)
    ]
    stream = sent * 3
    dice.shuffle(stream)
    while stream:
        size = dice.randrange(1, 120)
        ingesting.take(*stream[:size])
        del stream[:size]
    assert ingesting.count("reading") == ingesting.count("message_key") == 300
    assert ingesting.rows("SELECT count(DISTINCT (device_id, boot_id, sequence)) AS n FROM reading") == [
        {"n": 300}
    ]
    assert (ingesting.counters.stored, ingesting.counters.duplicates) == (300, 600)


def test_two_ingests_with_the_same_messages_in_opposite_order_neither_lock_up_nor_store_twice(
    database: str,
) -> None:
    made = gateways(20)
    enrol(database, *made)
    sent = [arrival(one, one.sealed_reading()) for one in made for _ in range(20)]
    found: list[Verdict] = []
    with Database(database) as opened:
        both = [Ingesting(opened), Ingesting(opened)]

        def work(mine: Ingesting, messages: list[Arrival]) -> None:
            for start in range(0, len(messages), 50):
                found.extend(verdicts(mine.take(*messages[start : start + 50])))

        threads = [
            threading.Thread(target=work, args=(both[0], sent)),
            threading.Thread(target=work, args=(both[1], sent[::-1])),
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert found.count(Verdict.STORED) == found.count(Verdict.DUPLICATE) == 400
        assert both[0].count("reading") == 400


def test_clients_with_news_wait_for_assessment_and_a_worker_is_woken(
    ingesting: Ingesting, gateway: MadeUpGateway
) -> None:
    enrol(ingesting.database.conninfo, gateway)
    early = NOW - timedelta(days=3)
    ingesting.take(
        arrival(gateway, gateway.sealed_reading()),
        arrival(gateway, gateway.sealed_reading(measured_at=early)),
    )
    assert ingesting.rows("SELECT client_id, touched_from FROM assessment_due") == [
        {"client_id": gateway.client_id, "touched_from": early}
    ]
    assert ingesting.rows("SELECT task_name FROM procrastinate_jobs") == [{"task_name": "assess"}]


def test_a_duplicate_wakes_nobody(plainly: Ingesting, gateway: MadeUpGateway) -> None:
    enrol(plainly.database.conninfo, gateway)
    one = arrival(gateway, gateway.sealed_reading())
    plainly.take(one)
    plainly.rows("DELETE FROM assessment_due RETURNING 1")
    plainly.take(one)
    assert plainly.count("assessment_due") == 0


def test_hearing_from_a_gateway_after_a_window_closed_has_its_client_looked_at(
    plainly: Ingesting, gateway: MadeUpGateway
) -> None:
    """Only then can the window be called missed."""
    enrol(plainly.database.conninfo, gateway)

    def tell(at: Any) -> None:
        status = gateway.seal(Kind.STATUS, gateway.status(sent_at=at))
        plainly.take(arrival(gateway, status, Kind.STATUS), now=at)

    tell(NOW)
    plainly.rows("DELETE FROM assessment_due RETURNING 1")
    tell(NOW + timedelta(minutes=5))
    assert plainly.count("assessment_due") == 0
    with psycopg.connect(plainly.database.conninfo) as conn:
        conn.execute(
            "INSERT INTO test_window (window_id, tenant_id, client_id, kind, opens_at, closes_at, local_day)"
            " VALUES (%s, %s, %s, 'breath_test', %s, %s, %s)",
            (uuid4(), gateway.tenant_id, gateway.client_id, NOW - timedelta(hours=1), NOW + timedelta(minutes=7),
             NOW.date()),
        )  # fmt: skip
    tell(NOW + timedelta(minutes=10))
    assert plainly.rows("SELECT client_id, touched_from FROM assessment_due") == [
        {"client_id": gateway.client_id, "touched_from": NOW + timedelta(minutes=5)}
    ]


def test_a_revoked_gateway_does_not_count_as_heard_from(plainly: Ingesting, gateway: MadeUpGateway) -> None:
    enrol(plainly.database.conninfo, gateway, revoked_at=NOW)
    assert verdicts(plainly.take(arrival(gateway, gateway.sealed_reading()))) == [Verdict.REFUSED]
    assert plainly.rows("SELECT heard_at FROM gateway") == [{"heard_at": None}]


def test_revoking_takes_effect_with_the_next_batch(plainly: Ingesting, gateway: MadeUpGateway) -> None:
    enrol(plainly.database.conninfo, gateway)
    assert verdicts(plainly.take(arrival(gateway, gateway.sealed_reading()))) == [Verdict.STORED]
    plainly.rows("UPDATE gateway SET revoked_at = now() RETURNING 1")
    assert verdicts(plainly.take(arrival(gateway, gateway.sealed_reading()))) == [Verdict.REFUSED]


def test_open_pages_are_told_once_per_client_and_kind(plainly: Ingesting, gateway: MadeUpGateway) -> None:
    enrol(plainly.database.conninfo, gateway)
    with listening(plainly.database.conninfo, LIVE) as heard:
        plainly.take(*(arrival(gateway, gateway.sealed_reading()) for _ in range(3)))
        (payload,) = heard.wait(5)
        assert heard.wait(0.05) == []
    assert f'"client_id": "{gateway.client_id}"' in payload
    assert '"kind": "reading"' in payload
    assert "brac" not in payload


def test_unknown_fields_are_counted(plainly: Ingesting, gateway: MadeUpGateway) -> None:
    enrol(plainly.database.conninfo, gateway)
    body = gateway.altered(gateway.reading(), one=1, two=2)
    plainly.take(arrival(gateway, gateway.seal(Kind.READING, body)))
    assert plainly.counters.unknown_fields == 2
    assert bytes(plainly.rows("SELECT body FROM reading")[0]["body"]) == body
