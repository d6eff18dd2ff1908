"""Breathalyzers against their peers: a zero that wanders stands out, few values or peers say nothing."""

from backend.domain.drift import ZeroValues, drifts


def zeros(*means: float, model: str = "C6", count: int = 30) -> list[ZeroValues]:
    return [ZeroValues(model, f"{model}-{number}", count, mean) for number, mean in enumerate(means)]


def test_a_zero_that_wanders_stands_out_from_its_peers() -> None:
    found = drifts(zeros(0.0, 0.001, 0.0, 0.002, 0.02))
    assert [serial for serial, one in found.items() if one.stands_out] == ["C6-4"]
    assert round(found["C6-4"].offset, 3) == 0.019


def test_small_differences_among_exact_devices_are_no_drift() -> None:
    assert not any(one.stands_out for one in drifts(zeros(0.0, 0.0, 0.0, 0.004)).values())


def test_few_values_few_peers_and_other_models_say_nothing() -> None:
    assert drifts(zeros(0.0, 0.0, 0.03, count=19)) == {}
    assert drifts([*zeros(0.0, 0.02), *zeros(0.03, model="Vio")]) == {}
