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
