"""What a reason says about missed tests: more than usual is news, as much as usual is not."""

from relapse_model.reasons import reason

ONE_WHO_MISSES_MOST = {
    "due": 28.0, "missed_tests": 20.0, "missed_evening": 4.0, "missed_days": 7.0, "usual_missed_share": 0.88,
}  # fmt: skip


def test_missing_as_much_as_usual_is_told_as_usual() -> None:
    said = reason("missed", 0.4, {**ONE_WHO_MISSES_MOST, "missed": 25.0})
    assert said is not None
    assert said.sv == "25 missade test och incheckningar på 7 dagar, som vanligt för klienten"
    assert said.en == "25 missed tests and check-ins in 7 days, as usual for the client"


def test_missing_more_than_usual_stands_beside_the_usual() -> None:
    said = reason("missed", 0.4, {**ONE_WHO_MISSES_MOST, "missed": 25.0, "usual_missed_share": 0.2})
    assert said is not None
    assert "normalt" in said.sv and "som vanligt" not in said.sv


def item(name: str, recent: float, usual: float, weight: float) -> tuple[str, str]:
    said = reason(name, weight, {f"{name}.recent": recent, f"{name}.usual": usual, f"{name}.high": 10.0})
    assert said is not None
    return said.sv, said.en


def test_an_item_that_speaks_for_the_reason_stands_beside_the_usual() -> None:
    assert item("craving", 7.5, 3.0, 0.4) == ("Sug 7,5 av 10, normalt 3", "Craving 7.5 of 10, usually 3")
    assert item("sleep_quality", 8.0, 5.0, -0.4)[1] == "Sleep quality 8 of 10, usually 5"


def test_an_item_that_stands_as_it_always_does_is_told_as_usual() -> None:
    assert item("craving", 4.2, 4.0, 0.2)[0] == "Sug 4,2 av 10, som vanligt för klienten"
    assert item("hunger", 4.2, 4.0, 0.2)[1] == "hunger 4.2 of 10, as usual for the client"


def test_an_item_that_raises_though_it_is_better_than_usual_says_so() -> None:
    assert item("expected_risky_situation", 2.0, 2.6, 0.2)[0].endswith("2 av 10, bättre än vanligt (2,6)")
    assert item("pleasant_event", 8.7, 8.0, 0.2)[1] == "Pleasant events 8.7 of 10, better than usual (8)"
    assert item("craving", 3.0, 2.0, -0.2)[1] == "Craving 3 of 10, worse than usual (2)"


def test_an_item_whose_direction_nobody_knows_is_told_plainly() -> None:
    assert item("mood_arousal", 8.0, 2.0, 0.2)[1] == "Arousal 8 of 10, usually 2"


def test_drinking_further_back_than_a_week_is_not_counted_as_none() -> None:
    shown = {"days_since_drinking": 9.0, "dry_days_before_contact": 9.0, "drinking_days_7d": 0.0}
    said = reason("recent_drinking", 0.5, shown)
    assert said is not None
    assert (said.sv, said.en) == (
        "Senaste kända drickandet 9 dagar före",
        "Latest known drinking 9 days before",
    )
