"""Plans with history and agreement, random and ordered tests, pauses and excuses, as they stand in the database."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from backend.domain.alerting import Finding
from backend.domain.wording import Sentence
from backend.errors import Conflict, Forbidden, Invalid, NotFound
from backend.services import assessment, clients, excuses, own, pauses, planned_tests, plans, scoring
from backend.services.gateway_plans import plan_for_gateway
from backend.store import care_facts, care_writes
from backend.store import plans as store
from backend.store.pool import Database
from backend.store.scope import SYSTEM_SCOPE
from contracts.envelope import MAX_MESSAGE_BYTES
from dashboard import summary
from dashboard.language import language
from relapse_model.artifact import cold_start
from tests.support.care import DAILY, START, Clinic, make_clinic, stranger

EVENING = START.replace(hour=18, minute=30)
DAY = timedelta(days=1)
SOON = START + timedelta(minutes=1)
RANDOM = [{"per_week": 3, "weekdays": [1, 2, 3, 4, 5, 6, 7], "earliest": "10:00", "latest": "16:00"}]
ONCE_A_DAY = plans.Draft([DAILY[0]])


@pytest.fixture
def clinic(database: str) -> Iterator[Clinic]:
    with Database(database) as db:
        yield make_clinic(db)


def _go(clinic: Clinic, now: datetime) -> None:
    planned_tests.draw_ahead(clinic.db, now=now)
    assessment.sweep(clinic.db, now=now)
    assessment.assess_due(clinic.db, now=now)


def _attendance(clinic: Clinic, until: datetime) -> list[object]:
    rows = clinic.rows(
        "SELECT attendance FROM test_window WHERE kind = 'breath_test' AND opens_at < %s ORDER BY opens_at",
        until,
    )
    return [row["attendance"] for row in rows]


def _version(clinic: Clinic) -> int:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        version = plans.schedule_for_gateway(conn, clinic.device_id, START)["plan_version"]
    assert isinstance(version, int)
    return version


def test_history_says_who_changed_what_from_when_and_why(clinic: Clinic) -> None:
    start = START + DAY
    plans.set_plan(
        clinic.db, clinic.anna, clinic.client_id, [DAILY[0]], random=RANDOM, reason="Skiftarbete", now=start
    )
    seen = plans.history(clinic.db, clinic.client, clinic.client_id, now=start)
    new, old = seen.plans
    assert (new.made_by, new.reason, new.valid_from) == ("Anna-Kommun", "Skiftarbete", start)
    assert (old.made_by, old.valid_to) == (None, start)
    assert new.version > old.version
    assert [line.sv.split(":")[0] for line in new.changes] == ["Tas bort", "Tas bort", "Läggs till"]
    assert "någon gång mellan 10:00 och 16:00" in new.says[-1].sv
    assert "seed" not in repr(seen)


def test_a_proposal_is_nothing_until_the_client_agrees(clinic: Clinic) -> None:
    _go(clinic, START)
    plan_id = plans.propose(
        clinic.db, clinic.anna, clinic.client_id, ONCE_A_DAY, reason="Färre test", now=START
    )
    seen = plans.history(clinic.db, clinic.client, clinic.client_id, now=START)
    assert len(seen.plans) == 1
    [draft] = seen.drafts
    assert (draft.plan_id, draft.proposed_by) == (plan_id, "Anna-Kommun")
    for other in (clinic.anna, clinic.bo, stranger()):
        with pytest.raises(NotFound):
            plans.agree(clinic.db, other, plan_id, now=START)
    plans.agree(clinic.db, clinic.client, plan_id, now=START + DAY)
    with pytest.raises(Conflict):
        plans.agree(clinic.db, clinic.client, plan_id, now=START + DAY)
    seen = plans.history(clinic.db, clinic.anna, clinic.client_id, now=START + DAY)
    assert seen.drafts == ()
    agreed = seen.plans[0]
    assert (agreed.plan_id, agreed.made_by, agreed.agreed_by) == (plan_id, "Anna-Kommun", "Klient-Kommun")
    assert (agreed.valid_from, agreed.agreed_at) == (START + DAY, START + DAY)


def test_a_proposal_is_declined_or_taken_back(clinic: Clinic) -> None:
    for who in (clinic.client, clinic.anna):
        plan_id = plans.propose(clinic.db, clinic.anna, clinic.client_id, ONCE_A_DAY, reason="Så?", now=START)
        with pytest.raises(NotFound):
            plans.close_proposal(clinic.db, clinic.bo, plan_id, now=START)
        plans.close_proposal(clinic.db, who, plan_id, now=START)
        with pytest.raises(Conflict):
            plans.close_proposal(clinic.db, clinic.anna, plan_id, now=START)
    assert [row["closed_as"] for row in clinic.rows("SELECT closed_as FROM plan_draft ORDER BY 1")] == [
        "declined",
        "withdrawn",
    ]
    assert len(clinic.rows("SELECT 1 FROM plan")) == 1


def test_a_plan_that_staff_set_can_be_agreed_to_afterwards(clinic: Clinic) -> None:
    plan_id = clinic.rows("SELECT plan_id FROM plan")[0]["plan_id"]
    assert isinstance(plan_id, UUID)
    plans.agree(clinic.db, clinic.client, plan_id, now=START)
    [plan] = plans.history(clinic.db, clinic.client, clinic.client_id, now=START).plans
    assert plan.agreed_by == "Klient-Kommun"
    with pytest.raises(NotFound):
        plans.agree(clinic.db, clinic.client, uuid4(), now=START)


def test_staff_set_no_plan_for_the_past(clinic: Clinic) -> None:
    with pytest.raises(Invalid, match="now or later"):
        plans.set_plan(
            clinic.db,
            clinic.anna,
            clinic.client_id,
            DAILY,
            valid_from=START + DAY,
            reason="Bakåt",
            now=START + 2 * DAY,
        )
    with pytest.raises(Invalid, match="random tests 1"):
        plans.set_plan(
            clinic.db, clinic.anna, clinic.client_id, DAILY, random=[{"per_week": 2}], reason="x", now=START
        )


def test_a_preview_stores_nothing_and_says_what_would_change(clinic: Clinic) -> None:
    seen = plans.preview(clinic.db, clinic.client, clinic.client_id, ONCE_A_DAY, now=START)
    assert (seen.timezone, len(seen.days)) == ("Europe/Stockholm", 14)
    assert {len(day.windows) for day in seen.days[1:]} == {1}
    assert len(seen.changes) == 2
    assert len(clinic.rows("SELECT 1 FROM plan")) == 1


def test_random_tests_are_drawn_a_fortnight_ahead_and_shown_only_when_they_open(clinic: Clinic) -> None:
    plans.set_plan(
        clinic.db, clinic.anna, clinic.client_id, [DAILY[0]], random=RANDOM, reason="Slump", now=SOON
    )
    _go(clinic, SOON)
    drawn = clinic.rows("SELECT opens_at, announced_at FROM planned_test ORDER BY 1")
    assert 3 <= len(drawn) <= 9, "three in the whole week, and what falls into the two that are cut"
    assert all(row["announced_at"] is None for row in drawn)
    opens_at = drawn[0]["opens_at"]
    assert isinstance(opens_at, datetime)
    before, after = opens_at - timedelta(seconds=1), opens_at + timedelta(seconds=5)
    _go(clinic, before)
    for who in (clinic.client, clinic.anna):
        shown = clients.series(clinic.db, who, clinic.client_id, START, START + 14 * DAY, now=before)
        assert [w for w in shown.windows if w.opens_at == opens_at] == []
        assert opens_at.isoformat() not in repr(own.overview(clinic.db, clinic.client, now=before))
    _go(clinic, after)
    coming = own.overview(clinic.db, clinic.client, now=after).next_window
    assert coming is not None and coming.opens_at == opens_at
    clinic.blow(after + timedelta(minutes=20), 0.0)
    _go(clinic, after + timedelta(minutes=21))
    [row] = clinic.rows("SELECT attendance, announced_at FROM test_window WHERE planned_test_id IS NOT NULL")
    assert row == {"attendance": "on_time", "announced_at": after}
    _go(clinic, START + 7 * DAY)
    assert len(clinic.rows("SELECT 1 FROM planned_test")) > len(drawn)


def test_drawing_again_changes_nothing_and_a_new_plan_takes_the_old_ones_tests_away(clinic: Clinic) -> None:
    plans.set_plan(clinic.db, clinic.anna, clinic.client_id, [], random=RANDOM, reason="Slump", now=SOON)
    before = clinic.rows("SELECT opens_at FROM planned_test ORDER BY 1")
    for hours in (1, 2, 30):
        planned_tests.draw_ahead(clinic.db, now=START + timedelta(hours=hours))
    after = clinic.rows("SELECT opens_at FROM planned_test ORDER BY 1")
    assert after[: len(before)] == before
    plans.set_plan(clinic.db, clinic.anna, clinic.client_id, DAILY, reason="Utan slump", now=START + DAY)
    open_ = clinic.rows(
        "SELECT 1 FROM planned_test WHERE cancelled_at IS NULL AND opens_at >= %s", START + DAY
    )
    assert open_ == []


def test_staff_order_a_test_for_the_next_hour(clinic: Clinic) -> None:
    at = START + timedelta(hours=2)
    test_id = planned_tests.order(clinic.db, clinic.anna, clinic.client_id, reason="Enligt samtal", now=at)
    with pytest.raises(Conflict):
        planned_tests.order(clinic.db, clinic.anna, clinic.client_id, reason="En till", now=at)
    _go(clinic, at + timedelta(seconds=2))
    coming = own.overview(clinic.db, clinic.client, now=at + timedelta(seconds=3)).next_window
    assert coming is not None
    assert (coming.opens_at, coming.closes_at) == (at, at + timedelta(minutes=60))
    clinic.blow(at + timedelta(minutes=30), 0.0)
    _go(clinic, at + timedelta(minutes=31))
    [row] = clinic.rows("SELECT attendance FROM test_window WHERE planned_test_id = %s", test_id)
    assert row["attendance"] == "on_time"
    planned_tests.order(
        clinic.db, clinic.anna, clinic.client_id, reason="Igen", now=at + timedelta(minutes=40)
    )
    with pytest.raises(Invalid):
        planned_tests.order(clinic.db, clinic.anna, clinic.client_id, within_min=5, reason="x", now=at)


def test_a_client_asks_for_a_pause_and_staff_decide(clinic: Clinic) -> None:
    _go(clinic, START)
    version = _version(clinic)
    begins, ends = START + DAY, START + 3 * DAY
    pause_id = pauses.request(
        clinic.db, clinic.client, clinic.client_id, begins, ends, reason="Begravning", now=START
    )
    with pytest.raises(Forbidden):
        pauses.decide(clinic.db, clinic.client, pause_id, True, now=START)
    with pytest.raises(NotFound):
        pauses.decide(clinic.db, clinic.bo, pause_id, True, now=START)
    with pytest.raises(Conflict):
        pauses.request(clinic.db, clinic.client, clinic.client_id, begins, ends, reason="Igen", now=START)
    _go(clinic, START)
    assert "paused" not in _attendance(clinic, ends)
    pauses.decide(clinic.db, clinic.anna, pause_id, True, "Det går bra", now=START)
    with pytest.raises(Conflict):
        pauses.decide(clinic.db, clinic.anna, pause_id, False, "Nej", now=START)
    clinic.status(ends + DAY)
    _go(clinic, ends + DAY)
    expected = ["missed"] * 2 + ["paused"] * 4 + ["missed"] * 2
    assert _attendance(clinic, ends + DAY) == expected
    assert _version(clinic) > version
    [seen] = pauses.of_client(clinic.db, clinic.client, clinic.client_id, now=ends)
    assert (seen.state, seen.decided_by, seen.decision_note) == ("granted", "Anna-Kommun", "Det går bra")
    changes = clinic.rows("SELECT DISTINCT new, reason FROM test_window_change WHERE new = 'paused'")
    assert changes == [{"new": "paused", "reason": "paused"}]


def test_a_pause_that_ends_early_gives_the_windows_after_it_back(clinic: Clinic) -> None:
    pause_id = pauses.request(
        clinic.db, clinic.anna, clinic.client_id, START, START + 5 * DAY, reason="Sjukhus", now=START
    )
    _go(clinic, START)
    pauses.end(clinic.db, clinic.client, pause_id, now=START + DAY)
    clinic.status(START + 2 * DAY)
    _go(clinic, START + 2 * DAY)
    assert _attendance(clinic, START + 2 * DAY) == ["paused", "paused", "missed", "missed"]
    with pytest.raises(Conflict):
        pauses.end(clinic.db, clinic.client, pause_id, now=START + 2 * DAY)


def test_a_refusal_needs_words_and_a_wish_can_be_taken_back(clinic: Clinic) -> None:
    begins, ends = START + DAY, START + 2 * DAY
    first = pauses.request(clinic.db, clinic.client, clinic.client_id, begins, ends, reason="Resa", now=START)
    with pytest.raises(Invalid):
        pauses.decide(clinic.db, clinic.anna, first, False, now=START)
    pauses.decide(clinic.db, clinic.anna, first, False, "Vi behöver ses först", now=START)
    second = pauses.request(
        clinic.db, clinic.client, clinic.client_id, begins, ends, reason="Resa", now=START
    )
    pauses.end(clinic.db, clinic.client, second, now=START)
    states = [
        one.state for one in pauses.of_client(clinic.db, clinic.anna, clinic.client_id, now=START + DAY)
    ]
    assert states == ["refused", "withdrawn"]
    with pytest.raises(Invalid):
        pauses.request(clinic.db, clinic.client, clinic.client_id, ends, begins, reason="x", now=START)
    with pytest.raises(Invalid):
        pauses.request(
            clinic.db, clinic.client, clinic.client_id, START - DAY, ends, reason="Efteråt", now=START
        )


def test_a_window_is_excused_before_or_after_and_the_excuse_outlives_a_new_plan(clinic: Clinic) -> None:
    tomorrow = START.replace(hour=6) + DAY
    far = START.replace(hour=6) + 4 * DAY
    _go(clinic, START)
    excuses.excuse(
        clinic.db, clinic.anna, clinic.client_id, ("breath_test", far), reason="Tandläkare", now=START
    )
    with pytest.raises(NotFound):
        excuses.excuse(
            clinic.db,
            clinic.anna,
            clinic.client_id,
            ("breath_test", far + timedelta(minutes=1)),
            reason="?",
            now=START,
        )
    clinic.status(START + 2 * DAY)
    _go(clinic, START + 2 * DAY)
    [missed] = clinic.rows("SELECT window_id, attendance FROM test_window WHERE opens_at = %s", tomorrow)
    assert missed["attendance"] == "missed"
    assert isinstance(missed["window_id"], UUID)
    at = START + 2 * DAY
    excuse_id = excuses.excuse(
        clinic.db, clinic.anna, clinic.client_id, missed["window_id"], reason="Akuten", now=at
    )
    with pytest.raises(Conflict):
        excuses.excuse(clinic.db, clinic.anna, clinic.client_id, missed["window_id"], reason="Akuten", now=at)
    plans.set_plan(clinic.db, clinic.anna, clinic.client_id, [DAILY[0]], reason="Färre", now=at)
    _go(clinic, at + timedelta(minutes=1))
    _go(clinic, far + timedelta(minutes=1))
    states = clinic.rows(
        "SELECT attendance FROM test_window WHERE opens_at IN (%s, %s) ORDER BY opens_at", tomorrow, far
    )
    assert [row["attendance"] for row in states] == ["excused", "excused"]
    [change] = clinic.rows(
        "SELECT old, new FROM test_window_change WHERE window_id = %s", missed["window_id"]
    )
    assert change == {"old": "missed", "new": "excused"}
    excuses.withdraw(clinic.db, clinic.anna, clinic.client_id, excuse_id, now=far)
    _go(clinic, far + timedelta(minutes=2))
    [row] = clinic.rows("SELECT attendance FROM test_window WHERE window_id = %s", missed["window_id"])
    assert row["attendance"] == "missed"
    assert len(excuses.of_client(clinic.db, clinic.client, clinic.client_id, now=far)) == 2


def test_abroad_windows_and_days_follow_the_clock_where_the_client_is(clinic: Clinic) -> None:
    leaves = START + timedelta(hours=3)
    plans.travel(
        clinic.db, clinic.anna, clinic.client_id, "Asia/Tokyo", from_at=leaves, reason="Resa", now=START
    )
    morning = datetime.fromisoformat("2026-03-03T08:00:00+09:00").astimezone(START.tzinfo)
    clinic.blow(morning, 0.0)
    _go(clinic, morning + timedelta(minutes=5))
    [met] = clinic.rows("SELECT local_day, attendance FROM test_window WHERE met_at IS NOT NULL")
    assert (str(met["local_day"]), met["attendance"]) == ("2026-03-03", "on_time")
    days = clinic.rows("SELECT day, taken, state FROM client_day WHERE taken > 0 OR state = 'ok'")
    assert [(str(row["day"]), row["taken"]) for row in days] == [("2026-03-03", 1)]
    [new, _] = plans.history(clinic.db, clinic.client, clinic.client_id, now=morning).plans
    assert [line.sv for line in new.changes] == ["Tidszon: Europe/Stockholm → Asia/Tokyo"]


def test_the_schedule_for_a_gateway_holds_a_fortnight_and_no_secret(clinic: Clinic) -> None:
    plans.set_plan(
        clinic.db, clinic.anna, clinic.client_id, DAILY, random=RANDOM, reason="Hemligt skäl", now=SOON
    )
    pauses.request(
        clinic.db, clinic.anna, clinic.client_id, START + DAY, START + 2 * DAY, reason="Sjukdom", now=START
    )
    plans.set_plan(
        clinic.db,
        clinic.anna,
        clinic.client_id,
        [DAILY[0]],
        valid_from=START + 10 * DAY,
        reason="Sedan",
        now=START,
    )
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        document = plans.schedule_for_gateway(conn, clinic.device_id, SOON)
        with pytest.raises(NotFound):
            plans.schedule_for_gateway(conn, "gw-nobody", START)
    text = json.dumps(document)
    assert document["timezone"] == "Europe/Stockholm"
    assert len(document["windows"]) == 3 and len(document["following"][0]["windows"]) == 1
    assert document["pauses"] == [{"from_at": "2026-03-02T11:00:00Z", "to_at": "2026-03-03T11:00:00Z"}]
    assert document["planned_tests"] and all(one["hidden_until_open"] for one in document["planned_tests"])
    assert document["rules"]["positive_mg_per_l"] == 0.1
    seed = clinic.rows("SELECT max(seed) AS seed FROM plan WHERE random <> '[]'")[0]["seed"]
    assert not any(word in text for word in ("Hemligt", "Sjukdom", "K-01", str(seed)))


@pytest.mark.requirement("H2")
def test_a_reading_five_days_late_repairs_window_day_score_and_history(clinic: Clinic) -> None:
    late = START + 5 * DAY
    clinic.status(late)
    scoring.catch_up(clinic.db, cold_start(), now=late)
    [before] = clinic.rows(
        "SELECT window_id, attendance FROM test_window WHERE opens_at = %s", EVENING.replace(minute=0)
    )
    assert before["attendance"] == "missed"
    scores = clinic.rows("SELECT count(*) AS n FROM risk_score")[0]["n"]
    clinic.blow(EVENING, 0.0, received_at=late + timedelta(minutes=1))
    scoring.catch_up(clinic.db, cold_start(), now=late + timedelta(minutes=2))
    [after] = clinic.rows(
        "SELECT attendance, met_at FROM test_window WHERE window_id = %s", before["window_id"]
    )
    assert after == {"attendance": "on_time", "met_at": EVENING}
    changes = clinic.rows(
        "SELECT old, new, reason FROM test_window_change WHERE window_id = %s", before["window_id"]
    )
    assert changes[-1] == {"old": "missed", "new": "on_time", "reason": "arrived_late"}
    [day] = clinic.rows("SELECT state, taken FROM client_day WHERE day = %s", START.date())
    assert day == {"state": "ok", "taken": 1}
    more = clinic.rows("SELECT count(*) AS n FROM risk_score")[0]["n"]
    assert isinstance(scores, int) and isinstance(more, int) and more > scores


def test_an_alert_about_missing_tests_ends_when_they_come_in_and_nobody_acted(clinic: Clinic) -> None:
    late = START + 2 * DAY
    clinic.status(late)
    _go(clinic, late)
    said = Sentence("2 av 4 planerade test missade.", "2 of 4 planned tests missed.")
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        care_writes.open_alert(
            conn,
            uuid4(),
            clinic.tenant_id,
            clinic.client_id,
            "missed_tests",
            3,
            [Finding("missed_tests", 3, late, "missed:1", said)],
            began_at=None,
            escalate_at=late + DAY,
            now=late,
        )
    clinic.blow(EVENING, 0.0, received_at=late + timedelta(minutes=1))
    _go(clinic, late + timedelta(minutes=2))
    [alert] = clinic.rows("SELECT state, close_note FROM alert WHERE kind = 'missed_tests'")
    assert alert["state"] == "closed"
    assert "kommit in" in str(alert["close_note"])


def test_a_gateway_is_given_the_same_plan_with_the_holidays_it_needs(clinic: Clinic) -> None:
    holidays = [{**DAILY[0], "holidays": "never"}]
    planned_tests.order(clinic.db, clinic.anna, clinic.client_id, reason="Samtal", now=START)
    plans.set_plan(
        clinic.db,
        clinic.anna,
        clinic.client_id,
        holidays,
        {"test_to_zero": True},
        valid_from=START + DAY,
        reason="Helger",
        now=START,
    )
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        plan = plan_for_gateway(conn, clinic.device_id, SOON)
    assert plan is not None and len(plan.canonical_bytes()) < MAX_MESSAGE_BYTES
    first, second = plan.terms
    assert first.valid_to == second.valid_from == START + DAY
    assert (first.limits.test_to_zero, second.limits.test_to_zero) == (False, True)
    assert second.windows[0].holidays == "never" and date(2026, 4, 3) in plan.holidays
    assert [one.kind for one in plan.tests] == ["on_demand"]


def test_a_gateway_that_holds_more_than_a_restored_database_is_outgrown(clinic: Clinic) -> None:
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        store.outgrow(conn, clinic.client_id, 40)
        store.outgrow(conn, clinic.client_id, 7)
    assert _version(clinic) == 41


@pytest.mark.requirement("I6")
def test_a_comment_on_a_miss_is_no_answered_check_in(clinic: Clinic) -> None:
    miss = ',"about":{"run_id":null,"window_kind":"breath_test","window_opens_at":"2026-02-28T18:00:00Z"}'
    for sequence, about in enumerate(("", miss), start=1):
        body = '{"comment":"ett \\"about\\":{ i orden"' + about + "}"
        with clinic.db.transaction(SYSTEM_SCOPE) as conn:
            conn.execute(
                "INSERT INTO check_in (check_in_id, tenant_id, client_id, source, device_id, boot_id, sequence,"
                " answered_at, received_at, timezone, body)"
                " VALUES (%s, %s, %s, 'gateway', 'gw', 'b', %s, %s, %s, 'UTC', %s)",
                (uuid4(), clinic.tenant_id, clinic.client_id, sequence, SOON, SOON, body.encode()),
            )
    with clinic.db.transaction(SYSTEM_SCOPE) as conn:
        [stored] = care_facts.load_clients(conn, {clinic.client_id: START}, now=SOON)
    assert len(stored.facts.answered) == 1
    seen = clients.series(clinic.db, clinic.anna, clinic.client_id, START - DAY, START + DAY, now=SOON)
    missed = datetime(2026, 2, 28, 18, tzinfo=UTC)
    assert {note.about_at for note in seen.check_ins} == {None, missed}
    told = [event.what for event in summary.events(seen, language("sv"))[0] if event.kind == "check-in"]
    assert sorted(told) == ["Frågor", "Kommentar till 2026-02-28 19:00"]
