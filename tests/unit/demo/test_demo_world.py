"""Who lives in the demo, and that their plans are the windows they live by."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from backend.domain.plans import Plan, read_rules, read_windows, windows_between
from nykter.demo import world
from nykter.demo.folder import DemoFolder
from nykter.demo.options import DemoOptions
from nykter.errors import NykterError
from simulators.day import Participation

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
def options(tmp_path: Path) -> DemoOptions:
    return DemoOptions(clients=12, days=100, data=tmp_path / "data")


def test_history_begins_at_local_midnight_also_over_the_change_of_clocks() -> None:
    began = world.history_begins(NOW, 100)
    assert began == datetime(2026, 8, 13, 22, tzinfo=UTC)
    assert began.astimezone(ZoneInfo("Europe/Stockholm")).hour == 0


def test_the_same_record_gives_the_same_people(options: DemoOptions) -> None:
    record = world.new_record(options, NOW)
    first, again = world.residents(record), world.residents(record)
    assert [r.device_id for r in first] == [r.device_id for r in again]
    assert [list(r.person.take(3)) for r in first] == [list(r.person.take(3)) for r in again]


def test_a_demo_of_one_client_has_somebody_to_present(options: DemoOptions) -> None:
    record = world.new_record(DemoOptions(clients=1, days=0, data=options.data), NOW)
    people = world.residents(record)
    assert world.presented(people) is people[0]


def test_the_plan_gives_the_windows_people_live_by(options: DemoOptions) -> None:
    """Simulator and backend count wall-clock time on their own; here they must agree, both clock changes included."""
    for resident in world.residents(world.new_record(options, NOW)):
        days = list(islice(resident.person.days(), 100))
        plan = Plan(
            uuid4(),
            resident.profile.zone,
            days[0].starts_at - timedelta(days=2),
            None,
            read_windows(world.plan_windows(resident.profile)),
            read_rules({}),
        )
        planned: dict[tuple[str, datetime], datetime] = {
            (w.kind, w.opens_at): w.closes_at
            for w in windows_between(plan, days[0].starts_at, days[-1].ends_at)
        }
        lived = {
            (kind, window.opens_at): window.closes_at
            for day in days
            if day.participation is not Participation.PAUSED
            for kind, windows in (("breath_test", day.test_windows), ("check_in", day.check_in_windows))
            for window in windows
        }
        assert len(lived) > 50
        assert lived.keys() <= planned.keys()
        longer = {planned[key] - closes_at for key, closes_at in lived.items()}
        # A closing time that occurs twice: the plan is generous and takes the second, people go by the first.
        assert longer <= {timedelta(0), timedelta(hours=1)}


def test_agreed_breaks_are_found_as_whole_spans(options: DemoOptions) -> None:
    found = [world.pauses(resident, 300) for resident in world.residents(world.new_record(options, NOW))]
    spans = [span for person in found for span in person]
    assert spans, "somebody in twelve takes a break within 300 days"
    assert all(end - begin >= timedelta(hours=23) for begin, end in spans)
    assert all(a[1] < b[0] for person in found for a, b in pairwise(person))


def test_other_people_than_the_folder_holds_are_refused_in_words(options: DemoOptions) -> None:
    folder = DemoFolder(options.data)
    folder.remember_world(world.new_record(options, NOW))
    record = folder.world()
    assert record is not None
    folder.check_matches(options, record)
    with pytest.raises(NykterError, match="holds 12 clients"):
        folder.check_matches(DemoOptions(clients=13, days=100, data=options.data), record)


def test_a_damaged_record_is_said_in_words(options: DemoOptions) -> None:
    folder = DemoFolder(options.data)
    (options.data / "world.json").write_text("{", encoding="utf-8")
    with pytest.raises(NykterError, match="cannot be read"):
        folder.world()


@pytest.mark.parametrize(
    ("wrong", "word"),
    [({"port": 0}, "PORT"), ({"speed": 0.0}, "SPEED"), ({"clients": 0}, "CLIENTS"), ({"days": -1}, "DAYS")],
)
def test_a_choice_that_cannot_be_met_is_named(wrong: dict[str, float], word: str) -> None:
    with pytest.raises(NykterError, match=word):
        DemoOptions(**wrong).checked()  # type: ignore[arg-type]
