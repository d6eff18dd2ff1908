"""Any plan, any events, any order of arrival: every window ends in exactly one state, and always in the same one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.assessment import ClientFacts, OpeningTest, assess
from backend.domain.attendance import Agreed, Attendance, Window
from backend.domain.plans import Plan, PlannedWindow, Rules, read_windows
from backend.domain.results import Blow

START = datetime(2026, 3, 27, 23, 0, tzinfo=UTC)
HOURS = 24 * 5
"""Friday evening to Wednesday, over the night on which Sweden's clocks change."""
END = START + timedelta(hours=HOURS + 48)
Ledger = dict[tuple[str, datetime, int], tuple[Attendance, datetime | None]]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


minutes = st.integers(0, HOURS * 60)
instants = minutes.map(lambda m: START + timedelta(minutes=m))
spans = st.tuples(instants, st.integers(1, 2000)).map(lambda s: (s[0], s[0] + timedelta(minutes=s[1])))
windows = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 600), st.sets(st.integers(1, 7), min_size=1)).map(
        lambda w: {
            "kind": "breath_test",
            "weekdays": sorted(w[2]),
            "opens": _clock(w[0]),
            "closes": _clock((w[0] + w[1]) % 1440),
        }
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda w: w["opens"],
)


@st.composite
def facts(draw: st.DrawFn) -> ClientFacts:
    change = START + timedelta(hours=draw(st.integers(1, HOURS)))
    zones = st.sampled_from(["Europe/Stockholm", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"])
    grace = st.integers(0, 240)
    first = Plan(
        UUID(int=1),
        draw(zones),
        START,
        change,
        read_windows(draw(windows)),
        Rules(late_grace_min=draw(grace)),
    )
    second = Plan(
        UUID(int=2), draw(zones), change, None, read_windows(draw(windows)), Rules(late_grace_min=draw(grace))
    )
    blows = tuple(
        Blow(("gw", "b", number), at, at + timedelta(minutes=delay), brac)
        for number, (at, delay, brac) in enumerate(
            draw(
                st.lists(
                    st.tuples(instants, st.integers(0, 60 * 24), st.sampled_from([None, 0.0, 0.07, 0.3])),
                    max_size=25,
                    unique_by=lambda blow: blow[0],
                )
            )
        )
    )
    tests = tuple(
        OpeningTest(
            UUID(int=100 + number),
            "random",
            PlannedWindow("breath_test", at, at + timedelta(minutes=90), at.date(), UUID(int=1)),
        )
        for number, at in enumerate(draw(st.lists(instants, max_size=4, unique=True)))
    )
    every = [one.opens_at for one in _lay_out((first, second))]
    excused = draw(st.sets(st.sampled_from(every), max_size=3)) if every else set()
    return ClientFacts(
        timezone="Europe/Stockholm",
        plans=(first, second),
        windows_from=START,
        opened=tests,
        agreed=Agreed(
            tuple(draw(st.lists(spans, max_size=2))), frozenset(("breath_test", at, 0) for at in excused)
        ),
        blows=blows,
        outages=tuple(draw(st.lists(spans, max_size=2))),
    )


def _lay_out(plans: tuple[Plan, ...]) -> tuple[Window, ...]:
    ids = count(1)
    laid = assess(
        ClientFacts("Europe/Stockholm", plans, START),
        START + timedelta(hours=HOURS),
        lambda: UUID(int=next(ids)),
    )
    return laid.new_windows


def _replay(said: ClientFacts, arrivals: Sequence[Blow], steps: Sequence[datetime]) -> Ledger:
    """Assess again and again while readings arrive in this order, the windows so far standing in a store.

    Random tests are told of on time, whenever somebody looks: the store's sweep does that within seconds.
    """
    ids = count(1000)
    stored: dict[UUID, Window] = {}
    laid_out_to, told = START, set[UUID]()
    for number, now in enumerate(steps):
        last = number == len(steps) - 1
        known = arrivals if last else arrivals[: len(arrivals) * number // len(steps)]
        seen = replace(
            said,
            blows=tuple(known),
            windows=tuple(stored.values()),
            windows_from=laid_out_to,
            opened=tuple(test for test in said.opened if test.planned_test_id not in told),
            spoken_for=END if last else max((one.measured_at for one in known), default=None),
            heard_at=now,
        )
        found = assess(seen, now, lambda: UUID(int=next(ids)))
        told |= set(found.announced.values())
        for window in (*stored.values(), *found.new_windows):
            verdict = found.verdicts[window.window_id]
            on_time = window.opens_at if window.announced_at is not None else None
            stored[window.window_id] = replace(
                window,
                attendance=verdict.attendance,
                met_at=verdict.met_at,
                known_at=verdict.known_at,
                announced_at=on_time,
            )
        laid_out_to = max(laid_out_to, now + timedelta(hours=36))
    names = [(one.kind, one.opens_at, one.ordinal) for one in stored.values()]
    assert len(names) == len(set(names))
    return {(one.kind, one.opens_at, one.ordinal): (one.attendance, one.met_at) for one in stored.values()}


@settings(max_examples=60, deadline=None)
@given(facts(), st.randoms(use_true_random=False))
@pytest.mark.requirement("I1", "H2")
def test_every_window_ends_in_one_state_whatever_order_things_arrive_in(
    said: ClientFacts, chance: st.DataObject
) -> None:
    shuffled = list(said.blows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    in_order = sorted(said.blows, key=lambda blow: blow.measured_at)
    hourly = [START + timedelta(hours=hour) for hour in range(0, HOURS + 48, 5)] + [END]
    once = _replay(said, in_order, [END - timedelta(hours=1), END, END])
    assert _replay(said, in_order, hourly) == once
    assert _replay(said, shuffled, hourly) == once
    assert _replay(said, shuffled[::-1], [*hourly[::3], END]) == once
    closed = {
        name: state for name, (state, _) in once.items() if name[1] < START + timedelta(hours=HOURS - 24)
    }
    assert all(state in get_args(Attendance) and state != "pending" for state in closed.values())
    assert all(met is not None for state, met in once.values() if state in {"on_time", "late"})
