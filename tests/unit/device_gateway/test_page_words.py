from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.reading import Failure, NativeUnit, Purpose
from contracts.receipt import Verdict
from contracts.topics import Kind
from device_gateway.link import Bluetooth
from device_gateway.outbox import Depth, Key, ShownRow
from device_gateway.protocol.events import Result
from device_gateway.publisher import PublisherState
from device_gateway.retest import Chain, Level
from device_gateway.state import GatewayState
from device_gateway.test_run import Phase, Run
from device_gateway.web.texts import LANGUAGES, texts
from device_gateway.web.view import View, view_of
from tests.support.gateway import START

IDLE = GatewayState(
    now=START,
    run=None,
    value_mg_per_l=None,
    level=None,
    chain=None,
    bluetooth=Bluetooth.ON,
    depth=Depth(0, None, 0),
    publisher=PublisherState(connected=True),
    unwritten=0,
    damaged_at=None,
    shown=(),
    last_error=None,
)
CONNECTING = Run("0f" * 16).started()
DONE = replace(
    CONNECTING, phase=Phase.RESULT, settled=True, result=Result(Decimal("0.088"), NativeUnit.PERCENT_BAC, "")
)
RETEST = Chain(
    1, Purpose.RETEST, START + timedelta(hours=2), START + timedelta(minutes=15), 1, Decimal("0.42")
)


def shown(state: GatewayState, language: str = "sv", wait_s: float | None = None) -> View:
    return view_of(state, language, "Europe/Stockholm", Decimal("2.0"), wait_s)


def measured(value: str, level: Level, chain: Chain | None = None) -> GatewayState:
    return replace(IDLE, run=DONE, value_mg_per_l=Decimal(value), level=level, chain=chain)


def test_both_catalogues_have_the_same_texts() -> None:
    swedish, english = (texts(language) for language in LANGUAGES)
    assert swedish.keys() == english.keys()
    for key, text in swedish.items():
        assert text.strip()
        assert text.count("{") == english[key].count("{"), key


def test_an_idle_gateway_invites_to_blow() -> None:
    view = shown(IDLE)
    assert (view.phase, view.can_start, view.can_cancel, view.value) == ("idle", True, False, "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phase", [p for p in Phase if p not in {Phase.RESULT, Phase.FAILED, Phase.ABORTED}])
def test_every_running_phase_has_words_and_a_way_out(phase: Phase, language: str) -> None:
    view = shown(replace(IDLE, run=replace(CONNECTING, phase=phase)), language)
    assert view.title
    assert view.body
    assert (view.can_start, view.can_cancel) == (False, True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("failure", Failure)
def test_every_failure_has_words_and_another_chance(failure: Failure, language: str) -> None:
    view = shown(replace(IDLE, run=replace(CONNECTING, phase=Phase.FAILED, failure=failure)), language)
    assert view.can_start
    assert view.value == ""
    assert len(view.body) > 20


def test_the_countdown_is_a_number() -> None:
    view = shown(replace(IDLE, run=replace(CONNECTING, phase=Phase.COUNTDOWN, countdown=4)))
    assert (view.count, view.count_label) == (4, "sekunder kvar")


def test_nothing_measured_is_said_plainly() -> None:
    view = shown(measured("0.000", Level.OK))
    assert (view.tone, view.title, view.value, view.permille) == ("good", "Ingen alkohol uppmätt", "0,00", "")


def test_a_value_below_the_limit_is_not_called_none() -> None:
    assert shown(measured("0.031", Level.OK)).title == "Under gränsen"


def test_a_positive_value_shows_number_computed_permille_and_the_wait() -> None:
    view = shown(measured("0.419", Level.POSITIVE, RETEST), wait_s=899.6)
    assert (view.phase, view.tone, view.value) == ("retest_wait", "notice", "0,42")
    assert view.permille == "ungefär 0,84 ‰ i blodet (beräknat)"
    assert (view.wait_s, view.wait_until) == (900, "klockan 09:15")
    assert "15 minuter" in view.body
    assert not view.can_start


def test_a_trace_is_not_called_alcohol() -> None:
    view = shown(measured("0.060", Level.TRACE, RETEST), wait_s=900)
    assert view.title == "Ett lågt värde"


def test_when_the_wait_is_over_the_page_says_so() -> None:
    view = shown(replace(measured("0.419", Level.POSITIVE, RETEST), now=START + timedelta(minutes=15)))
    assert (view.phase, view.can_start, view.value, view.wait_s) == ("retest_due", True, "", None)


def test_after_the_last_retest_nobody_is_asked_to_wait() -> None:
    view = shown(measured("0.380", Level.POSITIVE))
    assert (view.phase, view.can_start, view.title) == ("result", True, "Tack för att du blåste igen")


def test_an_absent_device_is_explained_and_not_blamed() -> None:
    run = replace(CONNECTING, phase=Phase.FAILED, failure=Failure.COMM, code="breathalyzer_absent")
    assert "påslagen" in shown(replace(IDLE, run=run)).body


def test_bluetooth_that_is_off_is_named_while_searching() -> None:
    view = shown(replace(IDLE, run=CONNECTING, bluetooth=Bluetooth.OFF))
    assert "Bluetooth är avstängt" in view.body


def test_notices_tell_what_staff_should_know() -> None:
    state = replace(
        IDLE,
        publisher=PublisherState(connected=False),
        alarms=("disk_full", "outbox_damaged", "messages_refused"),
        depth=Depth(3, START, 2),
    )
    assert len(shown(state).notices) == 4


def test_rows_say_whether_they_have_arrived() -> None:
    rows = tuple(
        ShownRow(Key("b", n), Kind.READING, START, {"value": value, "outcome": outcome}, verdict)
        for n, (value, outcome, verdict) in enumerate(
            [("0.419", "result", Verdict.STORED), (None, "failed", None), (None, "aborted", Verdict.REFUSED)]
        )
    )
    view = shown(replace(IDLE, shown=rows))
    assert [row.what for row in view.rows] == ["0,42 mg/L", "Inget värde", "Avbrutet"]
    assert [row.arrived for row in view.rows] == [True, False, False]
    assert [row.delivery for row in view.rows] == ["skickat", "väntar på att skickas", "togs inte emot"]


def test_times_are_the_clients_wall_clock_over_the_change_to_summer_time() -> None:
    night = START.replace(month=3, day=29, hour=0, minute=50)
    rows = (ShownRow(Key("b", 1), Kind.READING, night, {"value": "0.000"}, None),)
    assert shown(replace(IDLE, shown=rows)).rows[0].when.endswith("01:50")
    later = (ShownRow(Key("b", 1), Kind.READING, night + timedelta(hours=1), {"value": "0.000"}, None),)
    assert shown(replace(IDLE, shown=later)).rows[0].when.endswith("03:50")
